package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"millrace/engine"
	"millrace/internal/terminal"
	"millrace/internal/testkit"
	"millrace/sqlerr"
)

var update = flag.Bool("update", false, "write what the examples of docs/sql print into the pages; read the diff")

// A page of docs/sql, or the guide's of materialized views, is a session, with parallelism = 2 so that plans are the same on every machine: its blocks of sql are run one after the other, as they stand. A block of text behind
// one is what it prints, to the byte; where there is none, it must only not fail.
func TestTheExamplesOfTheManualPrintWhatIsPrinted(t *testing.T) {
	pages, err := filepath.Glob("../../docs/sql/*.md")
	if err != nil || len(pages) < 8 {
		t.Fatalf("pages: %v, %v", pages, err)
	}
	pages = append(pages, "../../docs/guide/materialized-views.md")
	for _, page := range pages {
		t.Run(filepath.Base(page), func(t *testing.T) {
			text, err := os.ReadFile(page)
			if err != nil {
				t.Fatal(err)
			}
			ctx := context.Background()
			var out bytes.Buffer
			s, err := (&vars{Set: []string{"parallelism=2"}}).open(ctx, &out, "")
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			blocks := codeBlocks(string(text))
			for i, b := range blocks {
				if b.language != "sql" {
					continue
				}
				out.Reset()
				failed := runExample(ctx, s, b.code, &out)
				got := printed(out.String())
				switch shown := i+1 < len(blocks) && blocks[i+1].language == "text" && blocks[i+1].first <= b.last+2; {
				case !shown && failed:
					t.Errorf("%s:%d fails, and the page does not say so:\n%s", page, b.first, got)
				case shown && *update:
					blocks[i+1].code = got
				case shown && got != blocks[i+1].code:
					t.Errorf("%s:%d prints\n%s\nthe page has\n%s\n(-update writes it)", page, b.first, got, blocks[i+1].code)
				}
			}
			if *update {
				if err := os.WriteFile(page, []byte(withBlocks(string(text), blocks)), 0o600); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// runExample prints what millrace sql prints for a text, errors included.
func runExample(ctx context.Context, s *engine.Session, text string, out *bytes.Buffer) (failed bool) {
	stmts, err := s.Parse(text)
	term := &streams{out: out, err: out, status: terminal.NewStatus(out)}
	for _, stmt := range stmts {
		if err == nil {
			err = term.execute(ctx, s, stmt, "table", true)
		}
	}
	if err != nil {
		out.WriteString(sqlerr.Render(err, text, "") + "\n")
	}
	return err != nil
}

// printed is an output without the spaces at the ends of lines, which a page does not keep.
func printed(s string) string {
	lines := strings.Split(strings.TrimRight(s, "\n"), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// codeBlock is a fenced block of a page; first and last are the lines of its fences, from 1.
type codeBlock struct {
	language    string
	code        string
	first, last int
}

func codeBlocks(page string) []codeBlock {
	var blocks []codeBlock
	open := false
	for i, line := range strings.Split(page, "\n") {
		language, fence := strings.CutPrefix(line, "```")
		switch {
		case fence && !open:
			blocks = append(blocks, codeBlock{language: language, first: i + 1})
			open = true
		case fence:
			blocks[len(blocks)-1].last = i + 1
			open = false
		case open:
			blocks[len(blocks)-1].code += line + "\n"
		}
	}
	return blocks
}

// withBlocks is the page with the code of other blocks in place of its own.
func withBlocks(page string, blocks []codeBlock) string {
	lines := strings.Split(page, "\n")
	for _, b := range slices.Backward(blocks) {
		lines = slices.Replace(lines, b.first, b.last-1, strings.Split(strings.TrimSuffix(b.code, "\n"), "\n")...)
	}
	return strings.Join(lines, "\n")
}

// The commands of the README that are said to need nothing run as they are printed there. A block of sql that begins with
// the name of a file is that file; a command with & behind it is a server, which runs until the end of its block.
func TestTheCommandsOfTheReadmeRun(t *testing.T) {
	readme, err := filepath.Abs("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	binary := testkit.Binary(t)
	t.Chdir(t.TempDir())
	port := testkit.FreePort(t, 2)
	addresses := strings.NewReplacer("127.0.0.1:8080", fmt.Sprint("127.0.0.1:", port), "127.0.0.1:5433", fmt.Sprint("127.0.0.1:", port+1))
	for name, value := range map[string]string{
		"MILLRACE_HTTP_LISTEN": "127.0.0.1:8080", "MILLRACE_PG_LISTEN": "127.0.0.1:5433", "MILLRACE_SERVER": "http://127.0.0.1:8080",
	} {
		t.Setenv(name, addresses.Replace(value))
	}
	blocks := codeBlocks(string(text))
	ran := 0
	for i, b := range blocks {
		if name, ok := strings.CutPrefix(b.code, "-- "); ok && b.language == "sql" {
			name, _, _ = strings.Cut(name, "\n")
			if err := os.WriteFile(name, []byte(b.code), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if b.language != "sh" {
			continue
		}
		var all strings.Builder
		stop := func() {}
		for _, words := range shellWords(t, addresses.Replace(b.code)) {
			if len(words) == 0 || words[0] != "millrace" {
				t.Fatalf("README.md:%d: %q is not a command of millrace", b.first, words)
			}
			ran++
			if last := len(words) - 1; words[last] == "&" {
				stop = serving(t, binary, words[1:last]...)
				continue
			}
			code, stdout, stderr := try(t, "", words[1:]...)
			if code != 0 {
				t.Fatalf("README.md:%d: %q: code %d\n%s", b.first, words, code, stderr)
			}
			all.WriteString(stdout)
		}
		stop()
		if i+1 == len(blocks) || blocks[i+1].language != "text" {
			t.Fatalf("README.md:%d: what the commands print is not there", b.first)
		}
		got := printed(all.String())
		if *update {
			blocks[i+1].code = got
		}
		if got != blocks[i+1].code {
			t.Errorf("README.md:%d prints\n%s\nthe page has\n%s", b.first, got, blocks[i+1].code)
		}
	}
	if *update {
		if err := os.WriteFile(readme, []byte(withBlocks(string(text), blocks)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if ran < 3 {
		t.Errorf("%d commands ran", ran)
	}
}

// serving runs a server beside the commands that follow, until the returned function is called; it must then end well.
func serving(t *testing.T, binary string, args ...string) (stop func()) {
	t.Helper()
	server := testkit.Start(t, "", binary, args...)
	testkit.Eventually(t, 30*time.Second, "the server is ready", func() bool {
		if !server.Running() {
			t.Fatalf("the server has ended: %s", server.Stderr())
		}
		return strings.Contains(server.Stderr(), "msg=ready")
	})
	return func() {
		t.Helper()
		server.Interrupt()
		if code := server.Wait(30 * time.Second); code != 0 {
			t.Errorf("the server ended with code %d: %s", code, server.Stderr())
		}
	}
}

// shellWords cuts commands, one a line, into words: between spaces, or in double quotes, which may go over lines.
func shellWords(t *testing.T, text string) (commands [][]string) {
	t.Helper()
	var words []string
	for text != "" {
		switch c := text[0]; {
		case c == '\n':
			commands, words, text = append(commands, words), nil, text[1:]
		case c == ' ':
			text = text[1:]
		case c == '"':
			word, rest, ok := strings.Cut(text[1:], `"`)
			if !ok {
				t.Fatalf("an open quote: %s", text)
			}
			words, text = append(words, word), rest
		default:
			end := strings.IndexAny(text, " \n")
			words, text = append(words, text[:end]), text[end:]
		}
	}
	return commands
}
