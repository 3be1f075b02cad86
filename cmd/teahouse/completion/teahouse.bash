# Completion of teahouse for bash: source <(teahouse completion bash)
_teahouse() {
	local line
	COMPREPLY=()
	while IFS= read -r line; do
		if [ "$line" = ':files' ]; then
			compopt -o default 2>/dev/null
			continue
		fi
		COMPREPLY+=("${line%%$'\t'*}")
	done < <("${COMP_WORDS[0]}" completion words -- "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _teahouse teahouse
