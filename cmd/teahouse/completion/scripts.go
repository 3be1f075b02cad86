package completion

import _ "embed"

// Scripts by shell: what a shell reads to complete command lines of the program.
var Scripts = map[string]string{"bash": bash, "zsh": zsh, "fish": fish}

var (
	//go:embed teahouse.bash
	bash string
	//go:embed teahouse.zsh
	zsh string
	//go:embed teahouse.fish
	fish string
)
