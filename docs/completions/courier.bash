# SPDX-License-Identifier: GPL-3.0-or-later
# bash: what can follow `courier`, as the program itself says it. Source it, or put it into
# ~/.local/share/bash-completion/completions/courier

# The commands that a help page lists, and the options that it names in lines like these.
# `courier age` tells its help as an error, as stock age does.
_courier_commands() { "$@" --help | sed -n 's/^  \([a-z-]*\)  *[^ ].*/\1/p'; }
_courier_options() {
	local lines=$1
	shift
	"$@" --help 2>&1 | grep -E "$lines" | grep -oE '(^|[ [,])--?[a-zA-Z][a-z-]*' | tr -d ' [,' | sort -u
}

_courier() {
	local word=${COMP_WORDS[COMP_CWORD]} courier=${COMP_WORDS[0]} tool=${COMP_WORDS[1]:-} offered=
	if [ "$COMP_CWORD" -eq 1 ]; then
		offered=$(_courier_commands "$courier")
	elif [[ $tool == desk || $tool == site ]]; then
		if [ "$COMP_CWORD" -eq 2 ]; then
			offered=$(_courier_commands "$courier" "$tool")
		elif [[ $word == -* ]]; then
			offered="$(_courier_options '^(usage:| +courier|  -)' "$courier" "$tool" "${COMP_WORDS[2]}") --help"
		fi
	elif [[ $word == -* ]]; then
		offered="$(_courier_options '^ +-' "$courier" "$tool") --help"
	fi
	if [ -n "$offered" ]; then
		mapfile -t COMPREPLY < <(compgen -W "$offered" -- "$word")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
	fi
}
complete -o filenames -F _courier courier
