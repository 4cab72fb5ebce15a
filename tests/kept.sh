# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash disable=SC2034  # sourced: kept is read by whoever sources this
# Verdicts that are kept by content, for programs whose outcome depends on their bytes, what they read and the kernel, and on
# nothing else: what passed as it is isn't run again. Only what passed is kept. Sourced, in the builder root, whose /cache lasts.
#   kept_in NAME FILE...     where verdicts of that name are, and what all of them depend on (of a folder: every file in it)
#   kept_as TEXT FILE...     sets $kept to the verdict's file of these; where it exists, it holds what was said then

kept_hash() { find "$@" -type f -print0 | sort -z | xargs -0r sha256sum | sha256sum | cut -c1-40; }

kept_in() {
	kept_folder=/cache/$1
	shift
	mkdir -p "$kept_folder"
	# What no run asked for in a month goes.
	find "$kept_folder" -type f -mtime +30 -delete
	kept_all="$(uname -rvm) $(id -u) $(kept_hash "$@")"
}

kept_as() {
	kept=$kept_folder/$(printf '%s %s %s' "$kept_all" "$1" "$(kept_hash "${@:2}")" | sha256sum | cut -c1-40)
	if [ -e "$kept" ]; then touch "$kept"; fi
}
