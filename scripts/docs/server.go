package main

import (
	"fmt"
	"strings"

	"millrace/server"
)

// settingsTable is the settings of millrace serve.
func settingsTable() string {
	var b strings.Builder
	b.WriteString("| in the file | flag | variable | default | |\n|---|---|---|---|---|\n")
	for _, f := range server.Flags() {
		value := ""
		if f.Default != "" {
			value = "`" + f.Default + "`"
		}
		fmt.Fprintf(&b, "| `%s` | `--%s` | `%s` | %s | %s |\n", f.Key, f.Name, f.Env, value, f.Help)
	}
	return b.String()
}

// metricsTable is what /metrics has.
func metricsTable() string {
	var b strings.Builder
	b.WriteString("| name | labels | |\n|---|---|---|\n")
	for _, m := range server.Metrics() {
		labels := ""
		if len(m.Labels) > 0 {
			labels = "`" + strings.Join(m.Labels, "`, `") + "`"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", m.Name, labels, m.Help)
	}
	return b.String()
}
