# Completion of teahouse for fish: teahouse completion fish | source
function __teahouse_words
    set -l before (commandline -opc)
    set -l typed (commandline -ct)
    set -l program $before[1]
    set -e before[1]
    for line in ($program completion words -- $before "$typed" 2>/dev/null)
        if test "$line" = ':files'
            __fish_complete_path "$typed"
        else
            printf '%s\n' "$line"
        end
    end
end
complete -c teahouse -f -a '(__teahouse_words)'
