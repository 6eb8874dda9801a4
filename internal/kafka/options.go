package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"os"
	"slices"
	"strings"

	kafka "github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/sasl"
	"github.com/segmentio/kafka-go/sasl/plain"
	"github.com/segmentio/kafka-go/sasl/scram"

	"millrace/catalog"
	"millrace/sqlerr"
)

// Options lists the options of connector 'kafka' but those of formats. A table may be read and written, so that its
// source and its sink take the same ones, each making use of its own.
func Options() []catalog.OptionSpec {
	words := catalog.OneOf
	return []catalog.OptionSpec{
		{Name: "brokers", Required: true, Parse: isBrokers, Doc: "Where the cluster is: 'host:port', several with commas between."},
		{Name: "topic", Required: true, Parse: isTopic, Doc: "The topic."},
		{Name: "format", Required: true, Doc: "How a record's value is encoded: 'json' or 'csv'."},

		{Name: "scan.start", Default: "earliest", Doc: "Where reading starts: 'earliest', 'latest', a time such as '2026-01-31 13:00:00Z' (the first record of that time or later), or offsets: '0:4711,1:17' (partitions not named start with their earliest record)."},
		{Name: "scan.end", Default: "none", Doc: "Where reading ends: 'none', 'latest' (the end as it is when the query starts), or a time (before the first record of that time or later; at the latest at the end as it is when the query starts)."},
		{Name: "isolation", Default: "read_committed", Parse: words("read_committed", "read_uncommitted"), Doc: "Whether records of transactions are read when those are committed ('read_committed'), or all of them at once, also those of transactions that are aborted ('read_uncommitted')."},
		{Name: "on_error", Default: "fail", Parse: words("fail", "skip", "dead_letter"), Doc: "What to do with a record that cannot be decoded: 'fail', or 'skip' and count it."},
		{Name: "watermark.idle_timeout", Default: "10s", Parse: catalog.IsDuration, Doc: "After how long without records a partition no longer holds the watermark back; '0s': never."},

		{Name: "key.columns", Doc: "The columns that make a written record's key, with commas between. Records of one key go to one partition, the same as the Java client chooses."},
		{Name: "key.format", Parse: words("text", "json"), Doc: "How the key is encoded: 'text', the value of the one key column (the default where there is one), or 'json', an object of the key columns (the default where there are several)."},
		{Name: "delivery", Default: "at-least-once", Parse: words("at-least-once", "exactly-once"), Doc: "What is promised about written records: 'at-least-once'."},
		{Name: "compression", Default: "none", Parse: words("none", "gzip", "snappy", "lz4", "zstd"), Doc: "How written records are compressed: 'none', 'gzip', 'snappy', 'lz4' or 'zstd'."},
		{Name: "linger", Default: "10ms", Parse: catalog.IsDuration, Doc: "How long a written record may wait for more to be sent together with."},
		{Name: "partitions", Parse: catalog.IsPositiveInt, Doc: "How many partitions a topic gets that is not there when it is written to. Without this option such a topic is an error."},
		{Name: "replication", Parse: catalog.IsPositiveInt, Doc: "How many copies such a topic has; the broker decides where it is not set."},

		{Name: "tls.enabled", Default: "false", Parse: catalog.IsBool, Doc: "Whether to connect by TLS; 'true' where another tls option is set."},
		{Name: "tls.ca", Doc: "A PEM file with the certificates that the brokers' are signed by; the system's where it is not set."},
		{Name: "tls.cert", Doc: "A PEM file with the certificate that we show to the brokers."},
		{Name: "tls.key", Doc: "The PEM file with its key."},
		{Name: "tls.insecure_skip_verify", Default: "false", Parse: catalog.IsBool, Doc: "Whether to accept any certificate: for tests."},
		{Name: "sasl.mechanism", Parse: words("plain", "scram-sha-256", "scram-sha-512"), Doc: "How to log in: 'plain', 'scram-sha-256' or 'scram-sha-512'."},
		{Name: "sasl.username", Doc: "Who logs in."},
		{Name: "sasl.password", Secret: true, Doc: "The password."},
	}
}

// Check finds what is wrong with the options that say how to connect, taken together.
func Check(t *catalog.Table) error {
	missing := func(name, beside string) error {
		return sqlerr.New(sqlerr.InvalidParameterValue, t.Options[beside].Pos, "option %q needs the option %q beside it", beside, name)
	}
	has := func(name string) bool { _, ok := t.Options[name]; return ok }
	for _, pair := range [][2]string{
		{"tls.cert", "tls.key"}, {"tls.key", "tls.cert"}, {"sasl.mechanism", "sasl.username"}, {"sasl.username", "sasl.mechanism"},
		{"sasl.username", "sasl.password"}, {"sasl.password", "sasl.username"}, {"replication", "partitions"},
	} {
		if has(pair[0]) && !has(pair[1]) {
			return missing(pair[1], pair[0])
		}
	}
	if t.Option("tls.enabled", "") == "false" {
		for _, name := range catalog.SortedOptions(t.Options) {
			if strings.HasPrefix(name, "tls.") && name != "tls.enabled" {
				return sqlerr.New(sqlerr.InvalidParameterValue, t.Options[name].Pos, "option %q is set, but tls.enabled is 'false'", name).
					WithHint("Take out one of the two.")
			}
		}
	}
	return nil
}

func isBrokers(s string) error {
	list, err := brokersOf(s)
	if err == nil && len(list) == 0 {
		err = errors.New("names no broker")
	}
	return err
}

func isTopic(s string) error {
	for _, r := range s {
		if !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' || r == '-') {
			return errors.New("is not a topic's name: letters, digits, '.', '_' and '-'")
		}
	}
	if s == "" || len(s) > 249 {
		return errors.New("is not a topic's name: 1 to 249 characters")
	}
	return nil
}

// brokersOf splits a list of addresses; one without a port has Kafka's own.
func brokersOf(s string) ([]string, error) {
	var list []string
	for _, a := range strings.Split(s, ",") {
		if a = strings.TrimSpace(a); a == "" {
			continue
		}
		host, port, err := net.SplitHostPort(a)
		if err != nil {
			if host, port, err = net.SplitHostPort(a + ":9092"); err != nil {
				return nil, errors.New("is not a list of 'host:port'")
			}
		}
		if host == "" || port == "" || strings.ContainsAny(host, "/ ") {
			return nil, errors.New("is not a list of 'host:port'")
		}
		if a = net.JoinHostPort(host, port); !slices.Contains(list, a) {
			list = append(list, a)
		}
	}
	return list, nil
}

// transport makes kafka-go's pool of connections as a table's options say. It reads the files of tls options.
func transport(t *catalog.Table) (*kafka.Transport, error) {
	tr := &kafka.Transport{
		Dial:        (&net.Dialer{Timeout: dialTimeout}).DialContext,
		DialTimeout: dialTimeout,
		ClientID:    clientID,
		// What the pool needs to know by itself is where the brokers are; leaders are looked up when they are needed.
		MetadataTopics: []string{t.Option("topic", "")},
	}
	var err error
	if tr.TLS, err = tlsOf(t); err != nil {
		return nil, err
	}
	tr.SASL, err = saslOf(t)
	return tr, err
}

func tlsOf(t *catalog.Table) (*tls.Config, error) {
	on := t.Option("tls.enabled", "") == "true"
	for name := range t.Options {
		on = on || strings.HasPrefix(name, "tls.") && name != "tls.enabled"
	}
	if !on {
		return nil, nil
	}
	cfg := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: t.Option("tls.insecure_skip_verify", "") == "true"}
	if o, ok := t.Options["tls.ca"]; ok {
		pem, err := os.ReadFile(o.Value)
		if err != nil {
			return nil, sqlerr.New(sqlerr.IOError, o.Pos, "option %q: %v", "tls.ca", err).Because(err)
		}
		cfg.RootCAs = x509.NewCertPool()
		if !cfg.RootCAs.AppendCertsFromPEM(pem) {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, o.Pos, "option %q: there is no certificate in %q", "tls.ca", o.Value)
		}
	}
	if o, ok := t.Options["tls.cert"]; ok {
		cert, err := tls.LoadX509KeyPair(o.Value, t.Option("tls.key", ""))
		if err != nil {
			return nil, sqlerr.New(sqlerr.InvalidParameterValue, o.Pos, "options %q and %q: %v", "tls.cert", "tls.key", err).Because(err)
		}
		cfg.Certificates = []tls.Certificate{cert}
	}
	return cfg, nil
}

func saslOf(t *catalog.Table) (sasl.Mechanism, error) {
	o, ok := t.Options["sasl.mechanism"]
	if !ok {
		return nil, nil
	}
	user, password := t.Option("sasl.username", ""), t.Option("sasl.password", "")
	switch o.Value {
	case "scram-sha-256":
		return scram.Mechanism(scram.SHA256, user, password)
	case "scram-sha-512":
		return scram.Mechanism(scram.SHA512, user, password)
	}
	return plain.Mechanism{Username: user, Password: password}, nil
}
