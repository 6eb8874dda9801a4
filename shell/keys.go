package shell

import (
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"unicode/utf8"

	prompt "github.com/elk-language/go-prompt"
)

// keyboard gives the line editor one key at a time. The editor alone takes what one read gives for one key: text typed
// ahead of it with an Enter inside would lose the Enter, and a paste would run line by line. Behind an Enter it is
// given nothing until it has said what became of it, so that what was typed ahead stays here for the next statement.
type keyboard struct {
	prompt.Reader
	out *os.File

	mu      sync.Mutex
	buf     []byte   // read and not yet given
	inserts []string // texts to put at the cursor, one for each keyInsert that was given
	waits   int      // reads for which the rest of a key has not come
	held    bool
	first   bool // keyInsert is to be given first
	gone    bool // the terminal was closed
	size    prompt.WinSize
	hung    atomic.Bool
}

// Keys that no keyboard sends to us: each stands for something that the editor has no key for.
const (
	keyComplete = prompt.F20 // Tab
	keyInsert   = prompt.F22 // put the next of inserts at the cursor
	keyHangUp   = prompt.F23
	keyResize   = prompt.F24
)

var ownKeys = map[prompt.Key][]byte{
	keyComplete: []byte("\x1b[\x19;2~"),
	keyInsert:   []byte("\x1b[\x21;2~"),
	keyHangUp:   []byte("\x1b[\x23;2~"),
	keyResize:   []byte("\x1b[\x24;2~"),
}

const (
	pasteOn    = "\x1b[?2004h" // the terminal says where a paste begins and ends
	pasteOff   = "\x1b[?2004l"
	pasteBegin = "\x1b[200~"
	pasteEnd   = "\x1b[201~"
)

// Open makes the terminal give every key.
func (k *keyboard) Open() error {
	if err := k.Reader.Open(); err != nil {
		return err
	}
	k.release()
	_, err := k.out.WriteString(pasteOn)
	return err
}

// Close gives it back as it was.
func (k *keyboard) Close() error {
	_, _ = k.out.WriteString(pasteOff)
	return k.Reader.Close()
}

// release lets keys through again behind an Enter.
func (k *keyboard) release() {
	k.mu.Lock()
	k.held = false
	k.mu.Unlock()
}

// GetWinSize is asked once, when the editor begins.
func (k *keyboard) GetWinSize() *prompt.WinSize {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.size = *k.Reader.GetWinSize()
	size := k.size
	return &size
}

// inserted takes the next text to put at the cursor.
func (k *keyboard) inserted() string {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.inserts) == 0 {
		return ""
	}
	text := k.inserts[0]
	k.inserts = k.inserts[1:]
	return text
}

// Read gives one key, or a run of text without any. It does not wait: EAGAIN says that there is nothing.
func (k *keyboard) Read(p []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.hung.Load() {
		return copy(p, ownKeys[keyHangUp]), nil
	}
	if k.held {
		return 0, syscall.EAGAIN
	}
	if k.first {
		k.first = false
		return copy(p, ownKeys[keyInsert]), nil
	}
	fresh := make([]byte, 4096)
	switch n, err := k.Reader.Read(fresh); {
	case n > 0:
		k.buf = append(k.buf, fresh[:n]...)
		k.waits = 0
	case err == nil || err != syscall.EAGAIN && err != syscall.EINTR:
		k.gone = true
	}
	if len(k.buf) == 0 {
		if k.gone {
			return copy(p, ownKeys[keyHangUp]), nil
		}
		return 0, syscall.EAGAIN
	}
	if now := k.Reader.GetWinSize(); *now != k.size {
		k.held = true // until the editor has begun anew
		return copy(p, ownKeys[keyResize]), nil
	}
	key, n := k.next(len(p))
	if n == 0 { // the rest of it has not come
		if k.waits++; k.waits < 5 && !k.gone {
			return 0, syscall.EAGAIN
		}
		key, n = k.buf[:1], 1
	}
	k.waits = 0
	k.buf = k.buf[n:]
	return copy(p, key), nil
}

// next is the first key of what was read, and how many bytes it took; none where it is not complete.
func (k *keyboard) next(most int) (key []byte, n int) {
	switch c := k.buf[0]; {
	case c == '\r' || c == '\n':
		k.held = true
		return []byte{'\n'}, 1
	case c == 4: // Ctrl-D may end the editor
		k.held = true
		return k.buf[:1], 1
	case c == '\t':
		return ownKeys[keyComplete], 1
	case c == 0x1b:
		return k.escape()
	case c < ' ' || c == 0x7f:
		return k.buf[:1], 1
	}
	for n < len(k.buf) && k.buf[n] >= ' ' && k.buf[n] != 0x7f {
		if !utf8.FullRune(k.buf[n:]) {
			break
		}
		_, size := utf8.DecodeRune(k.buf[n:])
		if n+size > most {
			break
		}
		n += size
	}
	return k.buf[:n], n
}

// escape reads what begins with an escape: a paste, or a key with a sequence of its own. Sequences that stand for no
// key are left out.
func (k *keyboard) escape() (key []byte, n int) {
	text := string(k.buf)
	if strings.HasPrefix(text, pasteBegin) {
		body, _, whole := strings.Cut(text[len(pasteBegin):], pasteEnd)
		if !whole {
			k.waits = 0 // it comes
			return nil, 0
		}
		k.inserts = append(k.inserts, pasted(body))
		return ownKeys[keyInsert], len(pasteBegin) + len(body) + len(pasteEnd)
	}
	n = 1
	if n < len(text) && text[n] == 0x1b { // Alt with a key that has a sequence
		n++
	}
	switch {
	case n == len(text):
		return nil, 0
	case text[n] == '[':
		for n++; n < len(text) && (text[n] < 0x40 || text[n] == '['); n++ {
		}
		if n == len(text) {
			return nil, 0
		}
		n++
	case text[n] == 'O':
		if n+2 > len(text) {
			return nil, 0
		}
		n += 2
	default:
		_, size := utf8.DecodeRuneInString(text[n:])
		n += size
	}
	switch prompt.GetKey(k.buf[:n]) {
	case prompt.NotDefined, keyComplete, keyInsert, keyHangUp, keyResize:
		return []byte{0}, n // which the editor leaves out
	}
	return k.buf[:n], n
}

// pasted is a text as it is put at the cursor: lines end in \n, tabs are blanks, what else controls a terminal is left out.
func pasted(text string) string {
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	text = strings.ReplaceAll(text, "\t", "    ")
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, text)
	return strings.TrimRight(text, "\n")
}

// begin has the editor begin with a text.
func (k *keyboard) begin(text string) {
	k.mu.Lock()
	k.inserts = append([]string{text}, k.inserts...)
	k.first = true
	k.mu.Unlock()
}
