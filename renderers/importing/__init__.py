"""From a form as a clerk laid it out, in Excel or Word, to the draft of a source, with a question at every doubt.

The stages: `sheets.py` holds what stands where, whatever the file was; `anatomy.py` finds tables in it, their heading,
code row and body; `facts.py` reads what stands around them; `drafting.py` decides what that would be in the language;
`writing.py` writes it as a source; `settling.py` compiles it and takes back what can't stand; `comparison.py` holds
the compiled draft against the original. `xlsform.py` is another way in. What can't be known from paper is asked
(`doubts.toml`), never guessed in silence.
"""
