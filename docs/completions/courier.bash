# SPDX-License-Identifier: GPL-3.0-or-later
# bash: what can follow `courier desk`, as the program itself says it. Source it, or put it into
# ~/.local/share/bash-completion/completions/courier
_courier() {
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[2]:-}
	COMPREPLY=()
	if [ "$COMP_CWORD" -eq 1 ]; then
		COMPREPLY=($(compgen -W 'desk age site workbench' -- "$word"))
	elif [ "${COMP_WORDS[1]}" != desk ]; then
		COMPREPLY=($(compgen -f -- "$word"))
	elif [ "$COMP_CWORD" -eq 2 ]; then
		COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" desk --help | sed -n 's/^  \([a-z]*\) .*/\1/p')" -- "$word"))
	elif [[ $word == -* ]]; then
		COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" desk "$command" --help | grep -E '^(usage:| +courier|  -)' | grep -oE '(^|[ [,])--?[a-z][a-z-]*' |
			tr -d ' [,' | sort -u) --help" -- "$word"))
	else
		COMPREPLY=($(compgen -f -- "$word"))
	fi
}
complete -o filenames -F _courier courier
