"""What is printed and what is scanned: the sheets as PDF, and the way back from scans."""
