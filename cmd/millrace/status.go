package main

import (
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// status is a line at the foot of a terminal that is drawn over and over. Whatever else is printed there goes through
// a writer of Around, which takes the line away first.
type status struct {
	mu    sync.Mutex
	out   io.Writer
	drawn bool
}

const clearLine = "\r\x1b[K"

// Draw shows a text in place of the one before.
func (s *status) Draw(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, _ = io.WriteString(s.out, clearLine+text)
	s.drawn = true
}

// Clear takes the line away.
func (s *status) Clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.clear()
}

func (s *status) clear() {
	if s.drawn {
		_, _ = io.WriteString(s.out, clearLine)
		s.drawn = false
	}
}

// Around is a writer to the same terminal as the line.
func (s *status) Around(w io.Writer) io.Writer { return &aroundStatus{s, w} }

type aroundStatus struct {
	s *status
	w io.Writer
}

func (a *aroundStatus) Write(p []byte) (int, error) {
	a.s.mu.Lock()
	defer a.s.mu.Unlock()
	a.s.clear()
	return a.w.Write(p)
}

// fileOf is the file that a writer ends in; nil: none.
func fileOf(w io.Writer) *os.File {
	switch w := w.(type) {
	case *aroundStatus:
		return fileOf(w.w)
	case *os.File:
		return w
	}
	return nil
}

func isTerminal(w io.Writer) bool {
	f := fileOf(w)
	return f != nil && term.IsTerminal(int(f.Fd()))
}

// widthOf is how many columns the terminal has.
func widthOf(w io.Writer) int {
	if f := fileOf(w); f != nil {
		if width, _, err := term.GetSize(int(f.Fd())); err == nil && width > 10 {
			return width
		}
	}
	return 80
}
