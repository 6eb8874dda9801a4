// Package terminal is what the doors know of the terminal that they write to: whether there is one, its size, and a
// line at its foot that is drawn over and over.
package terminal

import (
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// Status is a line at the foot of a terminal that is drawn over and over. Whatever else is printed there goes through
// a writer of Around, which takes the line away first.
type Status struct {
	mu    sync.Mutex
	out   io.Writer
	drawn bool
}

// NewStatus makes a line of a terminal.
func NewStatus(out io.Writer) *Status { return &Status{out: out} }

const clearLine = "\r\x1b[K"

// Draw shows a text in place of the one before.
func (s *Status) Draw(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = io.WriteString(s.out, clearLine+text)
	s.drawn = true
}

// Clear takes the line away.
func (s *Status) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
}

func (s *Status) clear() {
	if s.drawn {
		_, _ = io.WriteString(s.out, clearLine)
		s.drawn = false
	}
}

// Around is a writer to the same terminal as the line.
func (s *Status) Around(w io.Writer) io.Writer { return &around{s, w} }

type around struct {
	s *Status
	w io.Writer
}

func (a *around) Write(p []byte) (int, error) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	a.s.clear()
	return a.w.Write(p)
}

// fileOf is the file that a writer or reader ends in; nil: none.
func fileOf(w any) *os.File {
	switch w := w.(type) {
	case *around:
		return fileOf(w.w)
	case *os.File:
		return w
	}
	return nil
}

// Is reports whether a writer or reader is a terminal.
func Is(w any) bool {
	f := fileOf(w)
	return f != nil && term.IsTerminal(int(f.Fd()))
}

// Size is how many columns and lines the terminal has; 80 and 24 where that is not known.
func Size(w any) (columns, lines int) {
	if f := fileOf(w); f != nil {
		if columns, lines, err := term.GetSize(int(f.Fd())); err == nil && columns > 0 && lines > 0 {
			return columns, lines
		}
	}
	return 80, 24
}
