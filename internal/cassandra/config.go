// Package cassandra is what the source and the sink of Cassandra share: options and sessions, what a table looks
// like, and values as CQL's bytes.
package cassandra

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	gocql "github.com/apache/cassandra-gocql-driver/v2"

	"millrace/catalog"
	"millrace/sqlerr"
)

// Secret is text that is never printed.
type Secret string

// String hides it; GoString too.
func (Secret) String() string   { return "***" }
func (Secret) GoString() string { return "***" }

// Config is how to reach a cluster.
type Config struct {
	Hosts       []string // host:port
	Datacenter  string   // whose nodes are asked; "": all
	Username    string
	Password    Secret
	TLS         *tls.Config // nil: plain
	Consistency gocql.Consistency
	Timeout     time.Duration // of one request
	Pos         sqlerr.Pos    // of the option hosts
}

// consistencies are the levels that a plain read or write can have.
var consistencies = []string{"one", "two", "three", "quorum", "all", "local_quorum", "each_quorum", "local_one", "any"}

// Options are those of a connection; a connector adds its own.
func Options() []catalog.OptionSpec {
	return []catalog.OptionSpec{
		{Name: "hosts", Required: true, Doc: "Some nodes of the cluster, with commas between: 'host' or 'host:port'."},
		{Name: "port", Default: "9042", Parse: isPort, Doc: "The port of the nodes whose port is not said."},
		{Name: "keyspace", Required: true, Doc: "The keyspace of the table."},
		{Name: "table", Doc: "The table; by default it is named like the table in SQL."},
		{Name: "datacenter", Doc: "The data centre whose nodes are asked; by default all are."},
		{Name: "username", Doc: "Who logs in."},
		{Name: "password", Secret: true, Doc: "The password."},
		{Name: "tls.enabled", Default: "false", Parse: catalog.IsBool, Doc: "Whether to connect by TLS; 'true' where another tls option is set."},
		{Name: "tls.ca", Doc: "A PEM file with the certificates that the nodes' are signed by; the system's where it is not set."},
		{Name: "tls.cert", Doc: "A PEM file with the certificate that we show to the nodes."},
		{Name: "tls.key", Doc: "The PEM file with its key."},
		{Name: "tls.insecure_skip_verify", Default: "false", Parse: catalog.IsBool, Doc: "Whether to accept any certificate: for tests."},
		{Name: "consistency", Default: "local_quorum", Parse: isConsistency, Doc: "How many replicas have to answer: '" + strings.Join(consistencies, "', '") + "'."},
		{Name: "request.timeout", Default: "10s", Parse: isPositiveDuration, Doc: "How long to wait for the answer to one request."},
	}
}

func isPort(s string) error {
	if n, err := strconv.ParseUint(s, 10, 16); err != nil || n == 0 {
		return errText("is not a port number")
	}
	return nil
}

func isConsistency(s string) error { return catalog.OneOf(consistencies...)(strings.ToLower(s)) }

func isPositiveDuration(s string) error {
	if d, err := catalog.ParseDuration(s); err != nil || d <= 0 {
		return errText("is not a duration such as '10s' or '5 minutes'")
	}
	return nil
}

type errText string

func (e errText) Error() string { return string(e) }

// ConfigOf reads the options of a table, which CheckOptions has checked.
func ConfigOf(t *catalog.Table) (*Config, error) {
	c := &Config{
		Datacenter: t.Option("datacenter", ""),
		Username:   t.Option("username", ""),
		Password:   Secret(t.Option("password", "")),
		Timeout:    t.DurationOption("request.timeout", 10*time.Second),
		Pos:        t.Options["hosts"].Pos,
	}
	for host := range strings.SplitSeq(t.Option("hosts", ""), ",") {
		host = strings.TrimSpace(host)
		if host == "" {
			continue
		}
		if _, _, err := net.SplitHostPort(host); err != nil {
			host = net.JoinHostPort(strings.Trim(host, "[]"), t.Option("port", "9042"))
		}
		c.Hosts = append(c.Hosts, host)
	}
	if len(c.Hosts) == 0 {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, c.Pos, "option %q names no host", "hosts").
			WithHint("Give it as 'host' or 'host:port', several with commas between.")
	}
	if o, ok := t.Options["password"]; ok && c.Username == "" {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, o.Pos, "option %q needs the option %q", "password", "username")
	}
	level := strings.ToUpper(t.Option("consistency", "local_quorum"))
	if err := c.Consistency.UnmarshalText([]byte(level)); err != nil {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, t.Options["consistency"].Pos, "option %q: %v", "consistency", err)
	}
	var err error
	c.TLS, err = tlsOf(t)
	return c, err
}

// tlsOf is nil where no option asks for TLS.
func tlsOf(t *catalog.Table) (*tls.Config, error) {
	enabled, said := t.Options["tls.enabled"]
	wanted := false
	for name := range t.Options {
		wanted = wanted || strings.HasPrefix(name, "tls.")
	}
	if !wanted || said && enabled.Value == "false" {
		return nil, nil
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: t.Option("tls.insecure_skip_verify", "false") == "true"}
	if o, ok := t.Options["tls.ca"]; ok {
		pem, err := os.ReadFile(o.Value)
		if err != nil {
			return nil, sqlerr.New(sqlerr.IOError, o.Pos, "option %q: %v", "tls.ca", err).Because(err)
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, o.Pos, "option %q: %s holds no certificate in PEM", "tls.ca", o.Value)
		}
	}
	cert, hasCert := t.Options["tls.cert"]
	key, hasKey := t.Options["tls.key"]
	if hasCert != hasKey {
		return nil, sqlerr.New(sqlerr.InvalidParameterValue, max(cert.Pos, key.Pos), "options %q and %q go together", "tls.cert", "tls.key")
	}
	if hasCert {
		pair, err := tls.LoadX509KeyPair(cert.Value, key.Value)
		if err != nil {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, cert.Pos, "options %q and %q: %v", "tls.cert", "tls.key", err).Because(err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}
