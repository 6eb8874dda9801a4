package terminal

import (
	"bytes"
	"testing"
)

func TestTheStatusLineIsTakenAwayBeforeAnythingIsPrinted(t *testing.T) {
	var b bytes.Buffer
	s := NewStatus(&b)
	out := s.Around(&b)
	s.Draw("one")
	s.Draw("two")
	_, _ = out.Write([]byte("row\n"))
	_, _ = out.Write([]byte("row\n"))
	s.Clear()
	if want := clearLine + "one" + clearLine + "two" + clearLine + "row\nrow\n"; b.String() != want {
		t.Errorf("written %q, want %q", b.String(), want)
	}
}
