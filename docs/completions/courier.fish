# SPDX-License-Identifier: GPL-3.0-or-later
# fish: what can follow `courier desk`, as the program itself says it. Put it into ~/.config/fish/completions.
function __courier_words
    set -l words (commandline -opc)
    if test (count $words) -eq 1
        printf '%s\n' desk age site workbench
    else if test (count $words) -eq 2 -a "$words[2]" = desk
        $words[1] desk --help | sed -n 's/^  \([a-z]*\)  *\(.*\)/\1\t\2/p'
    else if test "$words[2]" = desk; and string match -q -- '-*' (commandline -ct)
        $words[1] desk $words[3] --help | grep -E '^(usage:| +courier|  -)' | grep -oE '(^|[ [,])--?[a-z][a-z-]*' | tr -d ' [,' | sort -u
        echo --help
    end
end
complete -c courier -f -n 'test (count (commandline -opc)) -lt 3' -a '(__courier_words)'
complete -c courier -n 'test (count (commandline -opc)) -ge 3' -a '(__courier_words)'
