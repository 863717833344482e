"""Views: a blueprint a file. They read a request, ask runtime, and show the answer."""
