package shell

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"millrace/sql"
	"millrace/sqlerr"
)

// history is what was typed, in a file that only its owner may read: a JSON string a line, so that statements keep
// their lines. What has a password or another secret in it is not kept, in the file or in memory.
type history struct {
	path string // empty: it ends with the shell
	list []string
}

const (
	historyMax  = 1000      // statements
	historyLong = 256 << 10 // bytes of one; longer ones are not kept
)

// HistoryFile is where the history of a user is: in the folder for state of XDG, else below the home folder.
func HistoryFile() string {
	if path, ok := os.LookupEnv("MILLRACE_HISTORY"); ok {
		return path
	}
	dir := os.Getenv("XDG_STATE_HOME")
	if dir == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			return ""
		}
		dir = filepath.Join(home, ".local", "state")
	}
	return filepath.Join(dir, "millrace", "history")
}

// openHistory reads a history. One that can't be read is empty: a shell is of use without.
func openHistory(path string) *history {
	h := &history{path: path}
	if path == "" {
		return h
	}
	f, err := os.Open(path)
	if err != nil {
		return h
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 8*historyLong)
	for lines.Scan() {
		var text string
		if json.Unmarshal(lines.Bytes(), &text) == nil && text != "" {
			h.list = append(h.list, text)
		}
	}
	if len(h.list) > 2*historyMax { // half of it is old: the file is written anew
		h.list = slices.Clone(h.list[len(h.list)-historyMax:])
		_ = h.rewrite()
	}
	return h
}

// add keeps a statement, behind those of other shells that write to the same file.
func (h *history) add(text string) error {
	text = strings.TrimSpace(text)
	if text == "" || len(text) > historyLong || secret(text) || len(h.list) > 0 && h.list[len(h.list)-1] == text {
		return nil
	}
	h.list = append(h.list, text)
	if len(h.list) > 2*historyMax {
		h.list = slices.Clone(h.list[len(h.list)-historyMax:])
	}
	if h.path == "" {
		return nil
	}
	line, err := json.Marshal(text)
	if err == nil {
		err = os.MkdirAll(filepath.Dir(h.path), 0o700)
	}
	var f *os.File
	if err == nil {
		f, err = os.OpenFile(h.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	}
	if err == nil {
		err = f.Chmod(0o600) // also where it was there with other rights
		_, werr := f.Write(append(line, '\n'))
		err = errors.Join(err, werr, f.Close())
	}
	if err != nil {
		path := h.path
		h.path = "" // it is said once
		return sqlerr.New(sqlerr.IOError, 0, "the history cannot be kept in %s: %v", path, reason(err)).
			WithHint("It lasts as long as this shell. MILLRACE_HISTORY names another file.")
	}
	return nil
}

// reason is what the system says, without the path, which the message has.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}

func (h *history) rewrite() error {
	var all []byte
	for _, text := range h.list {
		line, err := json.Marshal(text)
		if err != nil {
			return err
		}
		all = append(append(all, line...), '\n')
	}
	f, err := os.CreateTemp(filepath.Dir(h.path), ".history")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(all) // of mode 0600, as all of CreateTemp
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), h.path)
}

// entries are the newest statements, the newest last.
func (h *history) entries() []string {
	return slices.Clone(h.list[max(0, len(h.list)-historyMax):])
}

// find is the newest statement with a text in it that is older than one that was found before.
func (h *history) find(text, before string) string {
	from := len(h.list)
	if i := lastIndex(h.list, before); i >= 0 && before != text {
		from = i
	}
	for i := from - 1; i >= 0; i-- {
		if strings.Contains(h.list[i], text) && h.list[i] != before {
			return h.list[i]
		}
	}
	return ""
}

func lastIndex(list []string, s string) int {
	for i := len(list) - 1; i >= 0; i-- {
		if list[i] == s {
			return i
		}
	}
	return -1
}

var secretWords = []string{"password", "passwd", "secret", "token", "credential"}

// secret reports whether a text may hold a password: CREATE USER … PASSWORD '…', an option such as sasl.password = '…',
// an address with one.
func secret(text string) bool {
	named := false
	for _, t := range sql.Tokens(text) {
		lower := strings.ToLower(t.Text)
		has := slices.ContainsFunc(secretWords, func(w string) bool { return strings.Contains(lower, w) })
		switch {
		case t.Kind == sql.Bad:
			return has || named || strings.Contains(lower, "://") && strings.Contains(lower, "@")
		case t.Kind == sql.String && named:
			return true
		case t.Kind == sql.String && strings.Contains(t.Text, "://") && strings.Contains(t.Text, "@"):
			return true
		case t.Kind == sql.Operator && t.Text == "=" || t.Kind == sql.Comment:
		default:
			named = has
		}
	}
	return false
}
