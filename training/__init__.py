"""Training of the splitter of the instrumental into drums, bass and other. README.md tells how."""
