package system

import (
	"slices"
	"strconv"
	"strings"
	"sync"

	"millrace/types"
)

// takenRows are rows as PostgreSQL has them, of objects that millrace has in common with it: the first line names the
// columns, and each line behind it is a row, in the text that COPY writes.
type takenRows struct {
	path    string
	columns func() map[string][]any
}

// taken gives the rows of a file of postgres, which is named after its relation.
func taken(path string) rows {
	return takenRows{path, sync.OnceValue(func() map[string][]any {
		d := definitions()[pgSchema+"."+strings.TrimSuffix(path, ".txt")]
		lines := strings.Split(strings.TrimSuffix(file(path), "\n"), "\n")
		names := strings.Split(lines[0], "\t")
		out := map[string][]any{}
		for c, name := range names {
			i := slices.Index(schemaOf(d.columns).Names(), name)
			values := make([]any, 0, len(lines)-1)
			for _, line := range lines[1:] {
				values = append(values, valueOf(strings.Split(line, "\t")[c], d.columns[i].Type))
			}
			out[name] = values
		}
		return out
	})}
}

// valueOf reads a text as COPY writes it.
func valueOf(text string, t types.Type) any {
	if text == `\N` {
		return nil
	}
	switch t.Kind {
	case types.Bool:
		return text == "t"
	case types.Int16, types.Int32, types.Int64:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			panic(err) // the file is part of the binary
		}
		return n
	case types.Float32, types.Float64:
		f, err := strconv.ParseFloat(text, 64)
		if err != nil {
			panic(err)
		}
		return f
	case types.Array:
		if t.Sys.Vector() {
			list := []uint32{}
			for _, f := range strings.Fields(text) {
				list = append(list, mustOID(f))
			}
			return list
		}
		if text = strings.Trim(text, "{}"); text == "" {
			return []string{}
		}
		if parts := strings.Split(text, ","); t.Elem.Kind != types.Int64 {
			return parts
		} else {
			list := []uint32{}
			for _, f := range parts {
				list = append(list, mustOID(f))
			}
			return list
		}
	}
	return text
}

func (r takenRows) in(*Snapshot) (int, func(string) func(int) any) {
	all := r.columns()
	n := 0
	for _, values := range all {
		n = len(values)
	}
	return n, func(name string) func(int) any {
		values := all[name]
		if values == nil {
			return nil
		}
		return func(i int) any { return values[i] }
	}
}

func (r takenRows) names() []string { return nil }
