# bash completion for linespan: commands and options come from the program's own help.
_linespan() {
	local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} list
	COMPREPLY=()
	if [ "$COMP_CWORD" = 1 ]; then
		list="$("${COMP_WORDS[0]}" --help 2>/dev/null | awk '/^  [a-z]/ { print $1 }') help"
	elif [ "$command" = help ]; then
		list=$("${COMP_WORDS[0]}" --help 2>/dev/null | awk '/^  [a-z]/ { print $1 }')
	elif [[ $word == -* ]]; then
		list=$("${COMP_WORDS[0]}" help "$command" 2>/dev/null |
			grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+')
	else
		return 0 # files, by -o default
	fi
	mapfile -t COMPREPLY < <(compgen -W "$list" -- "$word")
}
complete -o default -F _linespan linespan
