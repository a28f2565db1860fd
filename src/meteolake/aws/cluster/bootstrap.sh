#!/bin/bash
# Runs once on every machine of a cluster before its first step, and unpacks what the jobs import:
#   bootstrap.sh ARCHIVE FOLDER
set -euo pipefail
archive=$1
folder=$2
if ! command -v python3.11 >/dev/null; then
    echo "meteolake: this EMR release has no python3.11: set another release under [aws.emr]." >&2
    exit 1
fi
here=$(mktemp --directory)
aws s3 cp --only-show-errors "$archive" "$here/packages.zip"
sudo mkdir -p "$folder"
sudo python3.11 -m zipfile --extract "$here/packages.zip" "$folder"
rm -r "$here"
# As root, so that the bytecode is kept, which the jobs' user could not write there.
sudo PYTHONPATH="$folder" python3.11 -c "import numpy, pandas, pyarrow"
