"""What course systems give a teacher: recognized by its form, and taken apart into hand-ins.

A download is untrusted: names are not safe to print, and no file in it is opened here except for
the lists that the course system itself writes.
"""
