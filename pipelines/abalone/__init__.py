"""Predict the number of rings of a shell, which gives its age, from measurements that need no cutting."""
