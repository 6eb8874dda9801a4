package shell

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"millrace/flow"
	"millrace/internal/printer"
	"millrace/internal/terminal"
	"millrace/sqlerr"
)

// output is where rows go: the terminal, or what \o names.
type output struct {
	shell *Shell
	file  io.WriteCloser // of \o
	pipe  *exec.Cmd      // of \o |command
}

func (o *output) writer() io.Writer {
	if o.file != nil {
		return o.file
	}
	return o.shell.Out
}

// to sends rows to a file or, behind a |, a command; "" is back to the terminal.
func (o *output) to(target string) error {
	if err := o.close(); err != nil || target == "" {
		return err
	}
	if command, ok := strings.CutPrefix(target, "|"); ok {
		cmd := exec.Command("sh", "-c", command)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		w, err := cmd.StdinPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			return sqlerr.New(sqlerr.IOError, 0, "cannot run %s: %v", command, err)
		}
		o.file, o.pipe = w, cmd
		return nil
	}
	f, err := os.Create(expandHome(target))
	if err != nil {
		return sqlerr.New(sqlerr.IOError, 0, "cannot write to %s: %v", target, errors.Unwrap(err))
	}
	o.file = f
	return nil
}

func (o *output) close() error {
	if o.file == nil {
		return nil
	}
	err := o.file.Close()
	if o.pipe != nil {
		err = errors.Join(err, o.pipe.Wait())
	}
	o.file, o.pipe = nil, nil
	if err != nil {
		return sqlerr.New(sqlerr.IOError, 0, "cannot finish the output: %v", err)
	}
	return nil
}

// print shows what a statement gives.
func (s *Shell) print(ctx context.Context, r *Result, p *progress) error {
	if r.Read != nil {
		p.read.Store(&r.Read)
	}
	if r.Copy != nil {
		p.stop()
		return r.Copy(ctx, s.out.writer())
	}
	if r.Schema == nil {
		p.stop()
		return Print(ctx, s.out.writer(), r, s.format)
	}
	onScreen := s.out.file == nil && terminal.Is(s.Out)
	if r.Changes && onScreen && s.interactive && s.format == printer.Table {
		p.stop()
		return s.live(ctx, r)
	}
	to := s.out.writer()
	var pages *pager
	if onScreen && s.interactive && s.pager && !r.Changes {
		pages = &pager{to: to, size: s.width}
		defer pages.close()
		to = pages
	}
	o := printer.Options{Format: s.format, Null: s.null, Expanded: s.expanded}
	if onScreen {
		o.Width, _ = s.width()
	}
	if pages != nil {
		p.stop()
	}
	defer p.stop()
	return printRows(ctx, to, r, o, func(n int) { p.rows.Add(int64(n)) })
}

// Print prints the rows of a result, or its tag.
func Print(ctx context.Context, to io.Writer, r *Result, format string) error {
	if r.Schema != nil {
		return printRows(ctx, to, r, printer.Options{Format: format}, func(int) {})
	}
	if format == printer.Table {
		fmt.Fprintln(to, r.Tag)
	}
	return nil
}

// printRows prints the rows of a result as they come, and tells their number. A plan is shown as it is.
func printRows(ctx context.Context, to io.Writer, r *Result, o printer.Options, came func(int)) error {
	if r.Plan && o.Format == printer.Table {
		return r.Each(ctx, func(b *flow.Batch) error {
			for i := range b.Len() {
				if _, err := fmt.Fprintln(to, b.Rec.Column(0).ValueStr(i)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	p, err := printer.New(to, o, r.Schema)
	if err != nil {
		return err
	}
	err = r.Each(ctx, func(b *flow.Batch) error {
		came(b.Len())
		return p.Write(b)
	})
	if err != nil {
		return err
	}
	return p.Close()
}

// progressEvery is how long a statement runs before its progress is drawn, and how often it is drawn anew.
const progressEvery = 500 * time.Millisecond

// progress is drawn at the foot of the terminal while a statement runs: how long, and how many rows it has read and given.
type progress struct {
	shell   *Shell
	started time.Time
	rows    atomic.Int64
	read    atomic.Pointer[func() int64]
	once    sync.Once
	done    chan struct{}
	ended   chan struct{}
}

// progress begins to draw, where stderr is a terminal.
func (s *Shell) progress(started time.Time) *progress {
	p := &progress{shell: s, started: started, done: make(chan struct{}), ended: make(chan struct{})}
	if s.Status == nil || !terminal.Is(s.Err) {
		close(p.ended)
		return p
	}
	go func() {
		defer close(p.ended)
		tick := time.NewTicker(progressEvery)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
				columns, _ := terminal.Size(s.Err)
				s.Status.Draw(string(printer.Cut([]byte(p.line(time.Since(started).Seconds())), columns-1)))
			case <-p.done:
				s.Status.Clear()
				return
			}
		}
	}()
	return p
}

func (p *progress) line(secs float64) string {
	line := fmt.Sprintf("%.0f s", secs)
	rate := func(word string, n int64) {
		line += fmt.Sprintf("  %s %s (%s/s)", word, Count(n), Count(int64(float64(n)/secs)))
	}
	if read := p.read.Load(); read != nil {
		if n := (*read)(); n > 0 {
			rate("read", n)
		}
		rate("rows", p.rows.Load())
	}
	if p.shell.interactive {
		line += "  Ctrl-C cancels"
	}
	return line
}

// stop takes the line away for good.
func (p *progress) stop() {
	p.once.Do(func() { close(p.done) })
	<-p.ended
}

// Count writes a number with its thousands apart.
func Count(n int64) string {
	s := fmt.Sprint(n)
	var b strings.Builder
	for i, c := range s {
		if i > 0 && (len(s)-i)%3 == 0 && s[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// errPagerClosed ends a query whose reader has seen enough.
var errPagerClosed = errors.New("the pager was closed")

// pager shows what is longer than the screen by the user's pager. What is shorter goes straight to the terminal.
type pager struct {
	to   io.Writer
	size func() (int, int)
	held bytes.Buffer // until it is longer than the screen
	cmd  *exec.Cmd
	in   io.WriteCloser
}

func (p *pager) Write(b []byte) (int, error) {
	if p.in != nil {
		if _, err := p.in.Write(b); err != nil {
			return 0, errPagerClosed
		}
		return len(b), nil
	}
	p.held.Write(b)
	columns, lines := p.size()
	if screenLines(p.held.Bytes(), columns, lines) < lines-1 {
		return len(b), nil
	}
	name := os.Getenv("PAGER")
	if name == "" {
		name = "less -S"
	}
	p.cmd = exec.Command("sh", "-c", name)
	p.cmd.Stdout, p.cmd.Stderr = os.Stdout, os.Stderr
	in, err := p.cmd.StdinPipe()
	if err == nil {
		err = p.cmd.Start()
	}
	if err != nil {
		p.cmd = nil
		return 0, sqlerr.New(sqlerr.IOError, 0, "cannot run the pager %s: %v", name, err)
	}
	p.in = in
	if _, err := p.in.Write(p.held.Bytes()); err != nil {
		return 0, errPagerClosed
	}
	p.held.Reset()
	return len(b), nil
}

// screenLines is how many lines of a screen a text takes; it stops counting at most.
func screenLines(text []byte, columns, most int) int {
	n := 0
	for len(text) > 0 && n < most {
		line, rest, _ := bytes.Cut(text, []byte{'\n'})
		n += 1 + max(0, printer.Width(line)-1)/max(columns, 1)
		text = rest
	}
	return n
}

func (p *pager) close() {
	if p.cmd == nil {
		_, _ = p.to.Write(p.held.Bytes())
		return
	}
	_ = p.in.Close()
	_ = p.cmd.Wait() // how a pager ends is the user's matter
}

func expandHome(path string) string {
	if rest, ok := strings.CutPrefix(path, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return home + "/" + rest
		}
	}
	return path
}
