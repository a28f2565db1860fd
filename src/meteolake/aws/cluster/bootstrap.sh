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
sudo mkdir -p "$folder"
aws s3 cp --only-show-errors "$archive" - | sudo tar --extract --gzip --no-same-owner --directory "$folder"
PYTHONPATH=$folder python3.11 -c "import numpy, pandas, pyarrow"
