"""The form on screen: a page that works without JavaScript, the program that brings it to life, and its look."""
