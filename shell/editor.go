package shell

import (
	"io"
	"os"
	"strings"

	prompt "github.com/elk-language/go-prompt"
	istrings "github.com/elk-language/go-prompt/strings"

	"millrace/sql"
)

// editor lets the user write a statement of any number of lines.
type editor interface {
	// read returns what was written, initial being there to begin with; io.EOF at Ctrl-D.
	read(initial string) (string, error)
	// hangUp makes read return, from another goroutine.
	hangUp()
}

// promptEditor is go-prompt. Only this file and keys.go see it.
type promptEditor struct {
	shell *Shell
	keys  *keyboard
	color bool

	entered bool // Enter ended the editor
	leave   bool
	resized bool
	carry   string // what was written when the window changed, and where the cursor was from its end
	back    int

	offers []candidate // what Tab may put here; shown while Tab is the last key
	chosen int
	from   int // of the text that an offer stands for, in runes
	search string
	finds  bool // the last key was Ctrl-R
}

func newEditor(s *Shell) editor {
	return &promptEditor{shell: s, keys: &keyboard{Reader: prompt.NewStdinReader(), out: os.Stdout}, color: os.Getenv("NO_COLOR") == ""}
}

func (e *promptEditor) hangUp() { e.keys.hung.Store(true) }

func (e *promptEditor) read(initial string) (string, error) {
	tty, err := os.Open("/dev/tty") // the library panics where there is none
	if err != nil {
		return "", err
	}
	tty.Close()
	e.carry, e.back = initial, 0
	for {
		e.entered, e.leave, e.resized = false, false, false
		e.offers, e.finds = nil, false
		p := prompt.New(nil, e.options()...)
		text := p.Input()
		switch {
		case e.resized: // begins anew with the new size, in the same line
			_, _ = e.keys.out.WriteString("\x1b[A\r\x1b[J")
			continue
		case e.entered:
			return text, nil
		}
		return "", io.EOF
	}
}

func (e *promptEditor) options() []prompt.Option {
	entries := e.shell.history.entries()
	if e.carry != "" {
		e.keys.begin(e.carry)
	}
	opts := []prompt.Option{
		prompt.WithReader(e.keys),
		prompt.WithPrefixCallback(e.prefix),
		prompt.WithExecuteOnEnterCallback(e.enter),
		prompt.WithCompleter(e.offered),
		prompt.WithHistorySize(len(entries) + 1),
		prompt.WithHistory(entries),
		prompt.WithIndentSize(4),
		prompt.WithMaxSuggestion(8),
		prompt.WithExitChecker(func(string, bool) bool { return e.leave }),
		prompt.WithKeyBind(
			prompt.KeyBind{Key: keyComplete, Fn: e.completes},
			prompt.KeyBind{Key: keyInsert, Fn: e.inserts},
			prompt.KeyBind{Key: keyResize, Fn: e.resizes},
			prompt.KeyBind{Key: keyHangUp, Fn: func(*prompt.Prompt) bool { e.leave = true; return false }},
			prompt.KeyBind{Key: prompt.ControlD, Fn: func(*prompt.Prompt) bool { e.keys.release(); return true }},
			prompt.KeyBind{Key: prompt.ControlR, Fn: e.searches},
		),
	}
	if e.color {
		opts = append(opts, prompt.WithPrefixTextColor(prompt.Cyan), prompt.WithLexer(prompt.NewEagerLexer(highlight)))
	} else {
		plain := []func(prompt.Color) prompt.Option{
			prompt.WithPrefixTextColor, prompt.WithSuggestionTextColor, prompt.WithSuggestionBGColor, prompt.WithDescriptionTextColor,
			prompt.WithDescriptionBGColor, prompt.WithScrollbarThumbColor, prompt.WithScrollbarBGColor,
		}
		for _, with := range plain {
			opts = append(opts, with(prompt.DefaultColor))
		}
	}
	return opts
}

// prefix is the prompt; a narrow window has no room for the name.
func (e *promptEditor) prefix() string {
	if columns, _ := e.shell.width(); columns < 40 {
		return "> "
	}
	return "millrace> "
}

// enter says whether Enter runs what is written, or begins a line.
func (e *promptEditor) enter(p *prompt.Prompt, _ int) (indent int, execute bool) {
	if !ends(p.Buffer().Text()) {
		e.keys.release()
		return 0, false
	}
	e.entered = true
	return 0, true
}

// ends reports whether a text is all that is to be said: nothing, a command, or statements that are all complete.
func ends(text string) bool {
	pieces := sql.Split(text)
	if len(pieces) == 0 {
		return true
	}
	last := pieces[len(pieces)-1]
	return last.Complete || last.Command
}

func (e *promptEditor) inserts(p *prompt.Prompt) bool {
	p.InsertTextMoveCursor(e.keys.inserted(), false)
	if e.back > 0 {
		p.CursorLeftRunes(istrings.RuneNumber(e.back))
		e.back = 0
	}
	return true
}

// resizes ends the editor, which knows one size of the window only.
func (e *promptEditor) resizes(p *prompt.Prompt) bool {
	d := p.Buffer().Document()
	after := len([]rune(d.TextAfterCursor()))
	e.carry, e.back = d.Text, after
	p.DeleteRunes(istrings.RuneNumber(after))
	p.DeleteBeforeCursorRunes(istrings.RuneNumber(len([]rune(d.TextBeforeCursor()))))
	e.leave, e.resized = true, true
	return false
}

// searches puts the newest statement of the history that has the written text in it, at each Ctrl-R an older one.
func (e *promptEditor) searches(p *prompt.Prompt) bool {
	text := p.Buffer().Text()
	if !e.finds {
		e.search, e.finds = text, true
	}
	if found := e.shell.history.find(e.search, text); found != "" {
		e.replace(p, found)
	}
	return true
}

func (e *promptEditor) replace(p *prompt.Prompt, text string) {
	d := p.Buffer().Document()
	p.DeleteRunes(istrings.RuneNumber(len([]rune(d.TextAfterCursor()))))
	p.DeleteBeforeCursorRunes(istrings.RuneNumber(len([]rune(d.TextBeforeCursor()))))
	p.InsertTextMoveCursor(text, false)
}

// completes is Tab: what the offers have in common is written; where that is nothing new each Tab writes another offer.
func (e *promptEditor) completes(p *prompt.Prompt) bool {
	before := p.Buffer().Document().TextBeforeCursor()
	if len(e.offers) > 1 && e.chosen >= -1 && strings.HasSuffix(before, e.written()) {
		e.put(p, before, (e.chosen+1)%len(e.offers))
		return true
	}
	from, offers := e.shell.complete.at(before)
	if len(offers) == 0 {
		e.offers = nil
		if line := before[strings.LastIndexByte(before, '\n')+1:]; strings.TrimSpace(line) == "" { // at the beginning of a line
			p.InsertTextMoveCursor("    ", false)
		}
		return true
	}
	e.offers, e.chosen, e.from = offers, -1, len([]rune(before[:from]))
	if len(offers) == 1 {
		e.put(p, before, 0)
		e.offers = nil
		return true
	}
	if common := commonPrefix(offers); len(common) > len(before)-from {
		p.DeleteBeforeCursorRunes(istrings.RuneNumber(len([]rune(before[from:]))))
		p.InsertTextMoveCursor(common, false)
	}
	return true
}

// written is the offer that stands before the cursor.
func (e *promptEditor) written() string {
	if e.chosen < 0 {
		return ""
	}
	return e.offers[e.chosen].text
}

func (e *promptEditor) put(p *prompt.Prompt, before string, n int) {
	p.DeleteBeforeCursorRunes(istrings.RuneNumber(len([]rune(before)) - e.from))
	p.InsertTextMoveCursor(e.offers[n].text, false)
	e.chosen = n
}

// offered is what the editor shows below the cursor.
func (e *promptEditor) offered(d prompt.Document) ([]prompt.Suggest, istrings.RuneNumber, istrings.RuneNumber) {
	e.finds = e.finds && (d.LastKeyStroke() == prompt.ControlR || d.Text == "")
	if d.LastKeyStroke() != keyComplete {
		if d.Text != "" { // else the editor asks for what is offered for nothing, before each key
			e.offers = nil
		}
		return nil, 0, 0
	}
	var out []prompt.Suggest
	for i, o := range e.offers {
		mark := "  "
		if i == e.chosen {
			mark = "> "
		}
		out = append(out, prompt.Suggest{Text: mark + strings.TrimSpace(o.text), Description: o.note})
	}
	if n := e.chosen - 3; n > 0 && len(out) > 8 { // the chosen one among those that are shown
		out = append(out[n:], out[:n]...)
	}
	return out, 0, 0
}

// highlight colours the text by what our scanner makes of it.
func highlight(text string) []prompt.Token {
	var out []prompt.Token
	for _, t := range sql.Tokens(text) {
		color := prompt.DefaultColor
		switch t.Kind {
		case sql.Word:
			if isKeyword(t.Text) {
				color = prompt.Blue
			}
		case sql.String:
			color = prompt.DarkGreen
		case sql.Number:
			color = prompt.Purple
		case sql.Comment:
			color = prompt.DarkGray
		case sql.Bad:
			if strings.HasPrefix(t.Text, "'") {
				color = prompt.DarkGreen
			}
		}
		if color != prompt.DefaultColor {
			out = append(out, prompt.NewSimpleToken(istrings.ByteNumber(t.Pos), istrings.ByteNumber(t.End-1), prompt.SimpleTokenWithColor(color)))
		}
	}
	return out
}
