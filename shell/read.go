package shell

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"millrace/sql"
	"millrace/sqlerr"
)

// source is where a text comes from.
type source struct {
	name string // of the file; empty: typed
	line int    // lines of the file before the text
}

// read runs what a reader gives, statement by statement as they come.
func (s *Shell) read(ctx context.Context, r io.Reader, name string) error {
	lines := bufio.NewReaderSize(r, 64<<10)
	var pending strings.Builder
	from := source{name: name}
	line, seen := 0, 0
	for ended := false; !ended; {
		text, err := lines.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return sqlerr.New(sqlerr.IOError, 0, "cannot read %s: %v", name, err).Because(err)
		}
		ended = err != nil
		if pending.Len() == 0 {
			from.line = line
		}
		pending.WriteString(text)
		line++
		if !ended {
			if !strings.ContainsAny(text, `;\`) {
				continue
			}
			var ends bool
			if ends, seen = sql.Ends(pending.String(), seen); !ends { // each part is looked at once, however long a statement is
				continue
			}
		}
		whole := pending.String()
		run, rest := whole, ""
		if pieces := sql.Split(whole); !ended && len(pieces) > 0 {
			if last := pieces[len(pieces)-1]; !last.Complete && !last.Command {
				run, rest = whole[:last.Offset], whole[last.Offset:]
			}
		}
		// A command inside a statement belongs to it: \p, \g and the like.
		left := s.runText(ctx, run, from)
		if ended && strings.TrimSpace(left) != "" && !s.quit && !(s.failed && s.stopsAt()) {
			s.statement(ctx, left, run, max(0, strings.LastIndex(run, left)), from)
			left = ""
		}
		if s.quit || ctx.Err() != nil || s.failed && s.stopsAt() {
			return nil
		}
		from.line += strings.Count(run, "\n")
		pending.Reset()
		seen = 0
		pending.WriteString(left + rest)
		if left != "" {
			from.line -= strings.Count(left, "\n")
		}
	}
	return nil
}

// include runs a file, as \i does.
func (s *Shell) include(ctx context.Context, path string) error {
	if s.files >= 16 {
		return sqlerr.New(sqlerr.ConfigurationLimit, 0, `\i in \i, 16 deep`).WithHint("Does the file include itself?")
	}
	f, err := os.Open(path)
	if err != nil {
		return sqlerr.New(sqlerr.IOError, 0, "cannot read %s: %v", path, errors.Unwrap(err))
	}
	defer f.Close()
	s.files++
	failed := s.failed
	s.failed = false
	defer func() { s.files--; s.failed = s.failed || failed }()
	if err := s.read(ctx, f, path); err != nil {
		return err
	}
	if s.failed {
		return ErrReported
	}
	return nil
}
