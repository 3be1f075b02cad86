#compdef teahouse
# Completion of teahouse for zsh: a file _teahouse in $fpath, or: source <(teahouse completion zsh)
_teahouse() {
	local -a found
	local line
	for line in "${(@f)$("${words[1]}" completion words -- "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
		case $line in
		'') ;;
		:files) _files ;;
		*) found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}") ;;
		esac
	done
	(( ${#found} )) && _describe teahouse found
}
if [ "${funcstack[1]}" = _teahouse ]; then
	_teahouse "$@"
elif (( $+functions[compdef] )); then
	compdef _teahouse teahouse
fi
