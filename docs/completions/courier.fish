# SPDX-License-Identifier: GPL-3.0-or-later
# fish: what can follow `courier`, as the program itself says it. Put it into ~/.config/fish/completions.

# The commands that a help page lists, and the options that it names in lines like these.
# `courier age` tells its help as an error, as stock age does.
function __courier_commands
    $argv --help | sed -n 's/^  \([a-z-]*\)  *\([^ ].*\)/\1\t\2/p'
end
function __courier_options
    $argv[2..] --help 2>&1 | grep -E $argv[1] | grep -oE '(^|[ [,])--?[a-zA-Z][a-z-]*' | tr -d ' [,' | sort -u
    echo --help
end

function __courier_words
    set -l words (commandline -opc)
    set -l count (count $words)
    if test $count -eq 1
        __courier_commands $words[1]
    else if contains -- $words[2] desk site
        if test $count -eq 2
            __courier_commands $words[1..2]
        else if string match -q -- '-*' (commandline -ct)
            __courier_options '^(usage:| +courier|  -)' $words[1..3]
        end
    else if string match -q -- '-*' (commandline -ct)
        __courier_options '^ +-' $words[1..2]
    end
end
function __courier_wants_command
    set -l words (commandline -opc)
    switch (count $words)
        case 1
            return 0
        case 2
            contains -- $words[2] desk site
        case '*'
            return 1
    end
end
complete -c courier -f -n __courier_wants_command -a '(__courier_words)'
complete -c courier -n 'not __courier_wants_command' -a '(__courier_words)'
