package main

import (
	"strings"

	"millrace/shell"
)

// shellCommands is the table that \? prints.
func shellCommands() string {
	var b strings.Builder
	b.WriteString("| command | |\n|---|---|\n")
	for _, row := range shell.CommandTable() {
		b.WriteString("| `" + strings.ReplaceAll(row[0], "|", `\|`) + "` | " + strings.ReplaceAll(row[1], "|", `\|`) + " |\n")
	}
	return b.String()
}
