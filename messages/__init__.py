"""What we say, in Chinese and in English. A leaf: it imports nothing of ours."""
