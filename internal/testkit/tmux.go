package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Terminal is a real terminal, of tmux, in which a command runs.
type Terminal struct {
	t      testing.TB
	socket string
	dir    string
}

// patience is how long the screen has to show what a test waits for.
const patience = 30 * time.Second

// Tmux starts a command in a terminal of its own, in the folder dir, with environment variables NAME=VALUE more. It ends
// with the test. When the command has ended the screen stays.
func Tmux(t testing.TB, columns, lines int, dir string, env []string, command ...string) *Terminal {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Fatal("tmux is missing: apt-get install tmux")
	}
	folder, err := os.MkdirTemp("", "tmux") // a short path: that of a socket has a limit
	if err != nil {
		t.Fatal(err)
	}
	term := &Terminal{t, filepath.Join(folder, "s"), dir}
	t.Cleanup(func() {
		_, _ = term.try("kill-server")
		os.RemoveAll(folder)
	})
	config := filepath.Join(folder, "conf")
	settings := "set -g remain-on-exit on\nset -g remain-on-exit-format ''\nset -g history-limit 10000\nset -g escape-time 0\nset -g status off\nset -g default-terminal screen-256color\n"
	if err := os.WriteFile(config, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-f", config, "new-session", "-d", "-x", fmt.Sprint(columns), "-y", fmt.Sprint(lines), "-c", dir}
	for _, e := range append([]string{"LC_ALL=C.UTF-8", "PAGER="}, env...) {
		args = append(args, "-e", e)
	}
	for i, word := range command { // tmux gives the words to a shell
		command[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
	}
	term.run(append(args, strings.Join(command, " "))...)
	return term
}

func (m *Terminal) try(args ...string) (string, error) {
	cmd := exec.Command("tmux", append([]string{"-u", "-S", m.socket}, args...)...)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func (m *Terminal) run(args ...string) string {
	m.t.Helper()
	out, err := m.try(args...)
	if err != nil {
		m.t.Fatalf("tmux %q: %v\n%s", args, err, out)
	}
	return out
}

// Type types a text as it is.
func (m *Terminal) Type(text string) {
	m.t.Helper()
	if rest, ok := strings.CutSuffix(text, ";"); ok { // which would end a command of tmux
		text = rest + `\;`
	}
	m.run("send-keys", "-l", "--", text)
}

// Key presses keys by tmux's names: Enter, Tab, Up, C-c.
func (m *Terminal) Key(names ...string) {
	m.t.Helper()
	m.run(append([]string{"send-keys"}, names...)...)
}

// Enter types a line.
func (m *Terminal) Enter(text string) {
	m.t.Helper()
	if text != "" {
		m.Type(text)
	}
	m.Key("Enter")
}

// Paste pastes a text; bracketed, as most terminals do, the program is told that it is one, if it asked for that.
func (m *Terminal) Paste(text string, bracketed bool) {
	m.t.Helper()
	path := filepath.Join(filepath.Dir(m.socket), "paste")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		m.t.Fatal(err)
	}
	m.run("load-buffer", path)
	if bracketed {
		m.run("paste-buffer", "-p")
	} else {
		m.run("paste-buffer")
	}
}

// Resize gives the window another size.
func (m *Terminal) Resize(columns, lines int) {
	m.t.Helper()
	m.run("resize-window", "-x", fmt.Sprint(columns), "-y", fmt.Sprint(lines))
}

// Screen is what the terminal shows, without the blanks at the ends of lines and empty lines at the end.
func (m *Terminal) Screen() string { return m.capture("capture-pane", "-p") }

// All is the same with the lines that have left the screen at its top.
func (m *Terminal) All() string { return m.capture("capture-pane", "-p", "-S", "-") }

// Colours is the screen with the sequences that colour it.
func (m *Terminal) Colours() string { return m.capture("capture-pane", "-p", "-e") }

func (m *Terminal) capture(args ...string) string {
	m.t.Helper()
	lines := strings.Split(m.run(args...), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// Until waits until the screen is as it is to be, and returns it.
func (m *Terminal) Until(what string, ok func(screen string) bool) string {
	m.t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(patience); ; <-tick.C {
		screen := m.Screen()
		if ok(screen) {
			return screen
		}
		if time.Now().After(deadline) {
			m.t.Fatalf("the screen does not show %s; it shows\n%s", what, screen)
		}
	}
}

// See waits until the screen has a text on it.
func (m *Terminal) See(text string) string {
	m.t.Helper()
	return m.Until(fmt.Sprintf("%q", text), func(s string) bool { return strings.Contains(s, text) })
}

// Ended waits until the command has ended and returns its exit code.
func (m *Terminal) Ended() string {
	m.t.Helper()
	var code string
	m.Until("the end of the command", func(string) bool {
		dead, status, _ := strings.Cut(strings.TrimSpace(m.run("display-message", "-p", "#{pane_dead} #{pane_dead_status}")), " ")
		code = status
		return dead == "1"
	})
	return code
}

// Dir is the folder that the command runs in.
func (m *Terminal) Dir() string { return m.dir }
