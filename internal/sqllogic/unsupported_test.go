package sqllogic

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"sync"
)

// entry names a record.
type entry struct{ file, id string }

// unsupported is the list of records that millrace refuses. It is for queries that are refused, never for wrong rows.
type unsupported struct {
	mu  sync.Mutex
	all map[entry]string // the error
}

func (u *unsupported) has(e entry) bool {
	_, ok := u.all[e]
	return ok
}

func (u *unsupported) add(e entry, a Answer) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all == nil {
		u.all = map[entry]string{}
	}
	u.all[e] = a.Code + " " + strings.ReplaceAll(a.Err, "\n", " ")
}

func loadUnsupported(path string) (*unsupported, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return &unsupported{}, nil
	}
	u := &unsupported{all: map[entry]string{}}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		key, why, _ := strings.Cut(strings.TrimSpace(line), " ")
		file, id, ok := strings.Cut(key, ":")
		if !ok {
			return nil, fmt.Errorf("%s: %q is not file:id code message", path, line)
		}
		u.all[entry{file, id}] = why
	}
	return u, err
}

// write keeps the list; with nothing to list there is no file.
func (u *unsupported) write(path string) error {
	if len(u.all) == 0 {
		if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	var b strings.Builder
	b.WriteString("# Records that millrace refuses, as file:id and the error. Written by go test ./internal/sqllogic -update-unsupported.\n")
	keys := make([]entry, 0, len(u.all))
	for k := range u.all {
		keys = append(keys, k)
	}
	slices.SortFunc(keys, func(a, b entry) int {
		return cmp.Or(strings.Compare(a.file, b.file), strings.Compare(a.id, b.id))
	})
	for _, k := range keys {
		fmt.Fprintf(&b, "%s:%s %s\n", k.file, k.id, u.all[k])
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}
