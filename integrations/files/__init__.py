"""The pipe from files: profiles, CSV and XLSX readers, templates. It gives neutral rows, and writes no books."""

from integrations.files.checking import check_profile
from integrations.files.others import looks_like_text_of_tags, refuse_other
from integrations.files.profile import Profile, load_profiles, own_profiles, read_profile
from integrations.files.reading import Inspection, choose_profile, inspect_file, read_file
from integrations.files.tables import file_sha256
from integrations.files.templates import README_FILE, write_templates

__all__ = [
    "README_FILE",
    "Inspection",
    "Profile",
    "check_profile",
    "choose_profile",
    "file_sha256",
    "inspect_file",
    "load_profiles",
    "looks_like_text_of_tags",
    "own_profiles",
    "read_file",
    "read_profile",
    "refuse_other",
    "write_templates",
]
