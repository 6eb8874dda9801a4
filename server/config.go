package server

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"millrace/sqlerr"
)

// Config is what a server is told. The table settings says what each field is for.
type Config struct {
	DataDir     string
	Auth        string
	StopTimeout time.Duration

	PGListen           string
	PGRequireTLS       bool
	PGMaxConnections   int
	PGMaxMessage       Bytes
	PGStartupTimeout   time.Duration
	PGStatementTimeout time.Duration
	PGIdleTimeout      time.Duration

	HTTPListen         string
	HTTPAllowCleartext bool
	HTTPMaxBody        Bytes
	HTTPMaxRequests    int
	HTTPMaxConnections int
	HTTPReadTimeout    time.Duration
	HTTPIdleTimeout    time.Duration

	TLSCert string
	TLSKey  string

	LogLevel  slog.Level
	LogFormat string

	from map[string]string // for each key, what set it; see Print
}

// The ways to know who a client is.
const (
	AuthSCRAM = "scram" // users with passwords
	AuthTrust = "trust" // everybody on this machine is let in
)

// setting is a line of the configuration. Key is its name in the file; the flag and the variable are made of it.
type setting struct {
	key   string
	flag  string // "" where it is made of the key
	env   string
	value string // unless something else is said
	doc   string
	field func(*Config) any // a pointer to one of the types that set knows
	check func(*Config) error
}

func (s setting) flagName() string {
	if s.flag != "" {
		return s.flag
	}
	return strings.NewReplacer(".", "-", "_", "-").Replace(s.key)
}

func (s setting) envName() string {
	if s.env != "" {
		return s.env
	}
	return "MILLRACE_" + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

// settings is the one list of what can be configured: the file, the flags, the environment and the manual have it from here.
var settings = []setting{
	{key: "data_dir", value: "millrace-data", doc: "The folder that keeps tables, views, jobs, users and checkpoints. One process at a time can use it.",
		field: func(c *Config) any { return &c.DataDir }, check: func(c *Config) error { return notEmpty(c.DataDir) }},
	{key: "auth", value: AuthSCRAM, doc: "Who is let in: scram, users with passwords; or trust, everybody, on addresses of this machine alone.",
		field: func(c *Config) any { return &c.Auth }, check: func(c *Config) error { return oneOf(c.Auth, AuthSCRAM, AuthTrust) }},
	{key: "stop_timeout", value: "1m0s", doc: "How long a stop may take: clients are told and jobs take a last checkpoint. After it the process ends all the same, and jobs go on from the checkpoint before.",
		field: func(c *Config) any { return &c.StopTimeout }, check: func(c *Config) error { return positive(c.StopTimeout) }},

	{key: "pg.listen", value: "127.0.0.1:5433", doc: "Where PostgreSQL clients connect; off: nowhere.",
		field: func(c *Config) any { return &c.PGListen }, check: func(c *Config) error { return address(c.PGListen) }},
	{key: "pg.require_tls", value: "false", doc: "Refuse PostgreSQL clients that do not ask for TLS. Needs tls.cert.",
		field: func(c *Config) any { return &c.PGRequireTLS }},
	{key: "pg.max_connections", value: "100", doc: "PostgreSQL clients at a time; one more is told that there are too many (53300).",
		field: func(c *Config) any { return &c.PGMaxConnections }, check: func(c *Config) error { return positive(c.PGMaxConnections) }},
	{key: "pg.max_message", value: "64MiB", doc: "The largest message of a PostgreSQL client: a statement with its values, a piece of COPY.",
		field: func(c *Config) any { return &c.PGMaxMessage }, check: func(c *Config) error { return messageSize(c.PGMaxMessage) }},
	{key: "pg.startup_timeout", value: "1m0s", doc: "How long a client may take to log in.",
		field: func(c *Config) any { return &c.PGStartupTimeout }, check: func(c *Config) error { return positive(c.PGStartupTimeout) }},
	{key: "pg.statement_timeout", value: "0s", doc: "How long a statement may run where the session does not say (SET statement_timeout); 0s: as long as it takes.",
		field: func(c *Config) any { return &c.PGStatementTimeout }, check: func(c *Config) error { return notNegative(c.PGStatementTimeout) }},
	{key: "pg.idle_timeout", value: "0s", doc: "How long a connection is kept that asks nothing; 0s: until it ends.",
		field: func(c *Config) any { return &c.PGIdleTimeout }, check: func(c *Config) error { return notNegative(c.PGIdleTimeout) }},

	{key: "http.listen", value: "127.0.0.1:8080", doc: "Where REST, metrics and the status page are; off: nowhere.",
		field: func(c *Config) any { return &c.HTTPListen }, check: func(c *Config) error { return address(c.HTTPListen) }},
	{key: "http.allow_cleartext", value: "false", doc: "Take passwords over HTTP without TLS from other machines too: for use behind a proxy that does the TLS.",
		field: func(c *Config) any { return &c.HTTPAllowCleartext }},
	{key: "http.max_body", value: "1MiB", doc: "The largest request.",
		field: func(c *Config) any { return &c.HTTPMaxBody }, check: func(c *Config) error { return positive(c.HTTPMaxBody) }},
	{key: "http.max_requests", value: "64", doc: "Requests that are answered at a time, and as many more that follow a log; what is over it gets 503.",
		field: func(c *Config) any { return &c.HTTPMaxRequests }, check: func(c *Config) error { return positive(c.HTTPMaxRequests) }},
	{key: "http.max_connections", value: "1000", doc: "HTTP connections at a time; others wait to be accepted.",
		field: func(c *Config) any { return &c.HTTPMaxConnections }, check: func(c *Config) error { return positive(c.HTTPMaxConnections) }},
	{key: "http.read_timeout", value: "30s", doc: "How long a client may take to send a request.",
		field: func(c *Config) any { return &c.HTTPReadTimeout }, check: func(c *Config) error { return positive(c.HTTPReadTimeout) }},
	{key: "http.idle_timeout", value: "2m0s", doc: "How long a connection is kept that asks nothing.",
		field: func(c *Config) any { return &c.HTTPIdleTimeout }, check: func(c *Config) error { return positive(c.HTTPIdleTimeout) }},

	{key: "tls.cert", value: "", doc: "A PEM file with the certificate, and those of its issuers: both doors then speak TLS. Read again on SIGHUP.",
		field: func(c *Config) any { return &c.TLSCert }},
	{key: "tls.key", value: "", doc: "The PEM file with the key of tls.cert.",
		field: func(c *Config) any { return &c.TLSKey }},

	{key: "log.level", flag: "log", env: "MILLRACE_LOG", value: "info", doc: "What is logged to stderr: debug, info, warn or error.",
		field: func(c *Config) any { return &c.LogLevel }},
	{key: "log.format", value: "text", doc: "How a line of the log is written: text or json.",
		field: func(c *Config) any { return &c.LogFormat }, check: func(c *Config) error { return oneOf(c.LogFormat, "text", "json") }},
}

// off is the address of a door that stays shut.
const off = "off"

// Flag is a setting as a flag of the command line.
type Flag struct{ Key, Name, Env, Default, Help string }

// Flags are all settings, for the command line's help.
func Flags() []Flag {
	var all []Flag
	for _, s := range settings {
		all = append(all, Flag{s.key, s.flagName(), s.envName(), s.value, s.doc})
	}
	return all
}

// Load puts a configuration together: a flag is stronger than the environment, that than the file, that than the default.
// Flags are those that were given, by name. An empty path means no file.
func Load(path string, flags map[string]string, env func(string) (string, bool)) (*Config, error) {
	inFile := map[string]string{}
	if path != "" {
		var err error
		if inFile, err = readFile(path); err != nil {
			return nil, err
		}
	}
	c := &Config{from: map[string]string{}}
	for _, s := range settings {
		value, from := s.value, "default"
		if v, ok := inFile[s.key]; ok {
			value, from = v, path
		}
		if v, ok := env(s.envName()); ok {
			value, from = v, s.envName()
		}
		if v, ok := flags[s.flagName()]; ok {
			value, from = v, "--"+s.flagName()
		}
		err := set(s.field(c), value)
		if err == nil && s.check != nil {
			err = s.check(c)
		}
		if err != nil {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, 0, "%s = %q (from %s) %v", s.key, value, from, err).WithHint("%s", s.doc)
		}
		c.from[s.key] = from
	}
	return c, c.check()
}

// check looks at what settings mean together.
func (c *Config) check() error {
	bad := func(hint, format string, args ...any) error {
		return sqlerr.New(sqlerr.InvalidParameterValue, 0, format, args...).WithHint("%s", hint)
	}
	if (c.TLSCert == "") != (c.TLSKey == "") {
		return bad("Give both, or neither.", "tls.cert and tls.key belong together, and one of them is not set")
	}
	if c.PGRequireTLS && c.TLSCert == "" {
		return bad("Set tls.cert and tls.key.", "pg.require_tls is on, and there is no certificate to speak TLS with")
	}
	if c.PGListen == off && c.HTTPListen == off {
		return bad("Leave one of them on.", "pg.listen and http.listen are both off: nobody could reach this server")
	}
	for _, door := range []struct{ key, address string }{{"pg.listen", c.PGListen}, {"http.listen", c.HTTPListen}} {
		if c.Auth == AuthTrust && door.address != off && !loopback(door.address) {
			return bad("Listen on 127.0.0.1, or add users (millrace user add) and leave auth at scram.",
				"auth = \"trust\" lets in everybody, so %s = %q must be an address of this machine alone", door.key, door.address)
		}
	}
	if c.HTTPListen != off && !loopback(c.HTTPListen) && c.TLSCert == "" && !c.HTTPAllowCleartext {
		return bad("Set tls.cert and tls.key; or http.allow_cleartext = true where a proxy does the TLS; or http.listen = \"off\".",
			"http.listen = %q is reached from other machines, and without TLS passwords would be sent in clear text", c.HTTPListen)
	}
	return nil
}

// loopback tells whether only this machine reaches an address.
func loopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && ip.Unmap().IsLoopback()
}

// readFile reads a TOML file as keys and values; a key that is no setting is an error.
func readFile(path string) (map[string]string, error) {
	bad := func(format string, args ...any) *sqlerr.Error {
		return sqlerr.New(sqlerr.InvalidParameterValue, 0, "%s: %s", path, fmt.Sprintf(format, args...))
	}
	text, err := os.ReadFile(path)
	if err != nil {
		var p *fs.PathError
		if errors.As(err, &p) {
			err = p.Err
		}
		return nil, sqlerr.New(sqlerr.IOError, 0, "cannot read the configuration %s: %v", path, err)
	}
	var tree map[string]any
	if _, err := toml.Decode(string(text), &tree); err != nil {
		var p toml.ParseError
		if errors.As(err, &p) {
			return nil, bad("line %d, column %d: %s", p.Position.Line, p.Position.Col, p.Message)
		}
		return nil, bad("%v", err)
	}
	values := map[string]string{}
	if err := flatten("", tree, values); err != nil {
		return nil, bad("%v", err)
	}
	var known []string
	for _, s := range settings {
		known = append(known, s.key)
	}
	for key := range values {
		if !slices.Contains(known, key) {
			e := bad("there is no setting %s", key)
			e.Hint = sqlerr.Suggest(key, known)
			return nil, e
		}
	}
	return values, nil
}

// flatten writes the values of nested tables under keys with dots.
func flatten(prefix string, tree map[string]any, into map[string]string) error {
	for key, v := range tree {
		switch v := v.(type) {
		case map[string]any:
			if err := flatten(prefix+key+".", v, into); err != nil {
				return err
			}
		case string:
			into[prefix+key] = v
		case int64, bool:
			into[prefix+key] = fmt.Sprint(v)
		default:
			return fmt.Errorf("%s%s is not a text, a whole number, true or false", prefix, key)
		}
	}
	return nil
}

// Print writes what is in force as a file that Load takes, with where each value is from.
func (c *Config) Print() string {
	var b strings.Builder
	table := ""
	for _, s := range settings {
		name := s.key
		if t, n, ok := strings.Cut(s.key, "."); ok {
			if t != table {
				fmt.Fprintf(&b, "\n[%s]\n", t)
				table = t
			}
			name = n
		}
		fmt.Fprintf(&b, "%-40s # %s\n", name+" = "+literal(s.field(c)), c.from[s.key])
	}
	return b.String()
}

// Sample is a file with every setting at its default and what it is for.
func Sample() string {
	var b strings.Builder
	b.WriteString("# The configuration of millrace serve: every setting, at its default.\n")
	b.WriteString("# A flag (--http-listen) is stronger than a variable (MILLRACE_HTTP_LISTEN), and that than this file.\n")
	c, err := Load("", nil, func(string) (string, bool) { return "", false })
	if err != nil {
		panic(err)
	}
	table := ""
	for _, s := range settings {
		name := s.key
		if t, n, ok := strings.Cut(s.key, "."); ok {
			if t != table {
				fmt.Fprintf(&b, "\n[%s]\n", t)
				table = t
			}
			name = n
		}
		fmt.Fprintf(&b, "\n# %s\n%s = %s\n", s.doc, name, literal(s.field(c)))
	}
	return b.String()
}
