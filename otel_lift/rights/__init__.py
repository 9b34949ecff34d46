"""The rights of a person: what is stored of one is found, handed out, and erased from every place, with a receipt."""
