"""What the report makes of a record. `python3 -m unittest discover -s tests -t .` in the folder above runs them."""
