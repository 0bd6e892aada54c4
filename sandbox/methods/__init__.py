"""The Bot API's methods: those with a memory are written by hand, the rest is answered by `generic`."""
