"""Reports of a day, a week or a month: what the statistics say, in the form of an official paper, as HTML and DOCX."""
