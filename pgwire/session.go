package pgwire

import (
	"fmt"
	"maps"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgproto3"

	"millrace/engine"
	"millrace/sqlerr"
)

// startSession starts the engine's session of a client, with the settings of the startup message.
func (c *conn) startSession(params map[string]string) error {
	c.session = c.server.cfg.Engine.SessionFor(engine.Client{
		User: c.user, Remote: addrPort(c.net.RemoteAddr()), Local: addrPort(c.net.LocalAddr()), PID: int32(c.pid), Stop: c.stop,
	})
	for name, d := range map[string]time.Duration{"statement_timeout": c.server.cfg.StatementTimeout, "idle_session_timeout": c.server.cfg.IdleTimeout} {
		if d > 0 {
			if err := c.set(name, fmt.Sprintf("%dms", max(1, d.Milliseconds()))); err != nil {
				return err
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(params)) {
		var err error
		switch name {
		case "user", "database", "replication":
		case "options":
			err = c.options(params[name])
		default:
			err = c.set(name, params[name])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// addrPort is the address of a TCP connection; the zero value for any other.
func addrPort(a net.Addr) netip.AddrPort {
	if t, ok := a.(*net.TCPAddr); ok {
		return t.AddrPort()
	}
	return netip.AddrPort{}
}

func (c *conn) set(name, value string) error {
	notice, err := c.session.Settings().Connect(name, value)
	if notice != "" {
		c.greeting = append(c.greeting, notice)
	}
	return err
}

// options reads what PGOPTIONS holds: -c name=value, --name=value. A backslash keeps the character behind it.
func (c *conn) options(text string) error {
	words := cutOptions(text)
	for i := 0; i < len(words); i++ {
		w := words[i]
		switch {
		case w == "-c" && i+1 < len(words):
			i++
			w = words[i]
		case strings.HasPrefix(w, "-c") && len(w) > 2, strings.HasPrefix(w, "--"):
			w = w[2:]
		default:
			return sqlerr.New(sqlerr.SyntaxError, 0, "invalid command-line argument for server process: %s", w).WithHint("Write -c name=value.")
		}
		name, value, ok := strings.Cut(w, "=")
		if !ok {
			return sqlerr.New(sqlerr.SyntaxError, 0, "-c %s requires a value", w)
		}
		if err := c.set(strings.ReplaceAll(name, "-", "_"), value); err != nil {
			return err
		}
	}
	return nil
}

// cutOptions cuts a text at spaces that no backslash stands in front of.
func cutOptions(text string) []string {
	var words []string
	var word []byte
	in := false
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == ' ' || c == '\t' || c == '\n':
			if in {
				words = append(words, string(word))
			}
			word, in = word[:0], false
		case c == '\\' && i+1 < len(text):
			i++
			word, in = append(word, text[i]), true
		default:
			word, in = append(word, c), true
		}
	}
	if in {
		words = append(words, string(word))
	}
	return words
}

// report tells the client the settings that it does not know.
func (c *conn) report() {
	if c.told == nil {
		c.told = map[string]string{}
	}
	for _, s := range c.session.Settings().Report() {
		if old, ok := c.told[s[0]]; !ok || old != s[1] {
			c.told[s[0]] = s[1]
			c.send(&pgproto3.ParameterStatus{Name: s[0], Value: s[1]})
		}
	}
}

// notices tells what there is to tell beside a result.
func (c *conn) notices(texts []string) {
	for _, text := range texts {
		c.send(&pgproto3.NoticeResponse{Severity: "NOTICE", SeverityUnlocalized: "NOTICE", Code: "00000", Message: text})
	}
}

// txStatus is what ReadyForQuery tells of the transaction.
func (c *conn) txStatus() byte {
	switch {
	case c.session.Failed():
		return 'E'
	case c.session.InTransaction():
		return 'T'
	}
	return 'I'
}
