"""Values → what people and programs read.

json.py      what programs read
replies.py   replies, passages and ranges of documents as text
updates.py   what an update did, as text
verdicts.py  checks of quotations, as JSON and as text
printing.py  counts and lists of names; text that does nothing to a terminal but be read
"""
