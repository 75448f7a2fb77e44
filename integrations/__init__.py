"""The pipes: databases, files, banks, documents. None knows a platform, none knows another."""
