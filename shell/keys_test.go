package shell

import (
	"os"
	"strings"
	"syscall"
	"testing"

	prompt "github.com/elk-language/go-prompt"
)

// typed is a terminal from which bytes come as a test says.
type typed struct{ chunks []string }

func (r *typed) Open() error                 { return nil }
func (r *typed) Close() error                { return nil }
func (r *typed) GetWinSize() *prompt.WinSize { return &prompt.WinSize{Row: 24, Col: 80} }
func (r *typed) Read(p []byte) (int, error) {
	if len(r.chunks) == 0 {
		return 0, syscall.EAGAIN
	}
	n := copy(p, r.chunks[0])
	r.chunks = r.chunks[1:]
	return n, nil
}

func TestKeysAreGivenOneByOne(t *testing.T) {
	for _, tc := range []struct {
		name   string
		chunks []string
		want   []string // "enter": behind it the editor asks for more
	}{
		{"a line typed ahead", []string{"SELECT 1;\rSELECT 2;\r"}, []string{"SELECT 1;", "\n", "SELECT 2;", "\n"}},
		{"characters in pieces", []string{"a\xe6\xb0", "\xb4b"}, []string{"a", "水b"}},
		{"keys among text", []string{"ab\x1b[Dc\x7f\x01"}, []string{"ab", "\x1b[D", "c", "\x7f", "\x01"}},
		{"a sequence in pieces", []string{"\x1b", "[", "A"}, []string{"\x1b[A"}},
		{"escape alone", []string{"\x1b"}, []string{"\x1b"}},
		{"sequences that stand for nothing are left out", []string{"\x1b[38;5;1zx"}, []string{"\x00", "x"}},
		{"the keys that we use for ourselves too", []string{"\x1b[\x23;2~x"}, []string{"\x00", "x"}},
		{"Tab", []string{"se\t"}, []string{"se", string(ownKeys[keyComplete])}},
		{"a paste in pieces is one text", []string{"\x1b[200~SELECT\t1,\r", "\n2;\r\x1b[20", "1~x"}, []string{"paste:SELECT    1,\n2;", "x"}},
		{"a paste has no keys in it", []string{"\x1b[200~a\x03\x1b[Ab\x04\x1b[201~"}, []string{"paste:a[Ab"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			out, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer out.Close()
			k := &keyboard{Reader: &typed{tc.chunks}, out: out}
			k.GetWinSize()
			var got []string
			p := make([]byte, 1024)
			for idle := 0; idle < 20; {
				n, err := k.Read(p)
				if err != nil {
					idle++
					continue
				}
				key := string(p[:n])
				switch key {
				case string(ownKeys[keyInsert]):
					key = "paste:" + k.inserted()
				case "\n":
					if _, err := k.Read(p); err != syscall.EAGAIN {
						t.Error("a key is given before it is known what became of Enter")
					}
					k.release()
				}
				got = append(got, key)
			}
			if strings.Join(got, "|") != strings.Join(tc.want, "|") {
				t.Errorf("given %q, want %q", got, tc.want)
			}
		})
	}
}
