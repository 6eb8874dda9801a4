package kafka

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"go.uber.org/goleak"

	"millrace/catalog"
	"millrace/sqlerr"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fake is a cluster in this process with topic "t" of 4 partitions.
func fake(t testing.TB, opts ...kfake.Opt) (*kfake.Cluster, string) {
	t.Helper()
	c, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(1), kfake.SeedTopics(4, "t")}, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c, strings.Join(c.ListenAddrs(), ",")
}

func table(brokers string, options ...string) *catalog.Table {
	t := &catalog.Table{Name: catalog.Name{Table: "t"}, Options: map[string]catalog.Option{
		"connector": {Value: "kafka"}, "brokers": {Value: brokers, Pos: 7}, "topic": {Value: "t"}, "format": {Value: "json"},
	}}
	for i := 0; i < len(options); i += 2 {
		t.Options[options[i]] = catalog.Option{Value: options[i+1], Pos: 9}
	}
	return t
}

// mustOpen opens the cluster of a table until the test ends.
func mustOpen(t testing.TB, tab *catalog.Table) (*Cluster, Topic) {
	t.Helper()
	c, topic, err := Open(context.Background(), tab)
	if err != nil {
		t.Fatal(sqlerr.Render(err, "", ""))
	}
	t.Cleanup(c.Close)
	return c, topic
}

// write puts records with the given values and times to a partition, a batch each.
func write(t testing.TB, c *Cluster, leader, partition int32, ms ...int64) {
	t.Helper()
	for i, at := range ms {
		var b Builder
		b.Add(nil, fmt.Appendf(nil, "%d", i), at)
		got, err := c.Produce(context.Background(), leader, "", []ProducePart{{partition, encode(t, &b, None, 0, Anonymous)}}, time.Second)
		if err != nil || len(got) != 1 || got[0].Code != 0 || got[0].ID != partition {
			t.Fatalf("%+v, %v", got, err)
		}
	}
}

func TestOffsetsByTime(t *testing.T) {
	_, brokers := fake(t, kfake.NumBrokers(3))
	c, topic := mustOpen(t, table(brokers))
	if len(topic.Partitions) != 4 {
		t.Fatalf("%+v", topic)
	}
	for _, p := range topic.Partitions[:2] {
		write(t, c, p.Leader, p.ID, 1000, 2000, 2000, 3000)
	}
	for _, tc := range []struct {
		name string
		at   int64
		want string
	}{
		{"earliest", Earliest, "map[0:0 1:0 3:0]"},
		{"latest", Latest, "map[0:4 1:4 3:0]"},
		{"before all", 1, "map[0:0 1:0 3:-1]"},
		{"the first of that time", 2000, "map[0:1 1:1 3:-1]"},
		{"between", 2001, "map[0:3 1:3 3:-1]"},
		{"behind all", 4000, "map[0:-1 1:-1 3:-1]"},
	} {
		got, err := c.ListOffsets(t.Context(), map[int32]int64{0: tc.at, 1: tc.at, 3: tc.at}, true)
		if err != nil || fmt.Sprint(got) != tc.want {
			t.Errorf("%s: %v, %v, want %s", tc.name, got, err, tc.want)
		}
	}
	if _, err := c.ListOffsets(t.Context(), map[int32]int64{9: Latest}, true); err == nil || err.Error() != `topic "t" has 4 partitions, and not all that were asked for` {
		t.Errorf("a partition that there is not: %v", err)
	}
}

func TestATopicThatDoesNotExistNamesTheNearest(t *testing.T) {
	_, brokers := fake(t, kfake.SeedTopics(1, "orders", "payments"))
	c, _, err := Open(t.Context(), table(brokers, "topic", "order"))
	if c == nil {
		t.Fatal("the cluster is closed")
	}
	defer c.Close()
	var e *sqlerr.Error
	if !errors.As(err, &e) || !errors.Is(err, ErrNoTopic) || e.Hint != `Did you mean "orders"?` || e.Pos != 7 {
		t.Errorf("%v: %+v", err, e)
	}
}

func TestWhenTheNamedBrokerGoesAnotherIsAsked(t *testing.T) {
	fc, brokers := fake(t, kfake.NumBrokers(3))
	c, _ := mustOpen(t, table(strings.Split(brokers, ",")[0]))
	if err := fc.RemoveNode(0); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for { // its connection may have to be found out about first
		topic, err := c.Topic(ctx)
		if err == nil && len(topic.Partitions) == 4 {
			return
		}
		if ctx.Err() != nil {
			t.Fatal(err)
		}
	}
}

// certificates makes an authority's certificate and one for 127.0.0.1 that it has signed, as files and for a server.
func certificates(t testing.TB) (ca, cert, key string, server tls.Certificate) {
	t.Helper()
	issue := func(tmpl, parent *x509.Certificate, signer *ecdsa.PrivateKey) (*x509.Certificate, *ecdsa.PrivateKey, []byte) {
		k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if signer == nil {
			parent, signer = tmpl, k
		}
		der, err := x509.CreateCertificate(rand.Reader, tmpl, parent, &k.PublicKey, signer)
		if err != nil {
			t.Fatal(err)
		}
		c, err := x509.ParseCertificate(der)
		if err != nil {
			t.Fatal(err)
		}
		return c, k, der
	}
	until := time.Now().Add(time.Hour)
	root, rootKey, rootDER := issue(&x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}, nil, nil)
	_, leafKey, leafDER := issue(&x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "broker"}, NotAfter: until,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}, root, rootKey)
	keyDER, err := x509.MarshalECPrivateKey(leafKey)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := func(name, kind string, der []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	return file("ca.pem", "CERTIFICATE", rootDER), file("cert.pem", "CERTIFICATE", leafDER), file("key.pem", "EC PRIVATE KEY", keyDER),
		tls.Certificate{Certificate: [][]byte{leafDER}, PrivateKey: leafKey}
}

func TestConnecting(t *testing.T) {
	ca, cert, key, server := certificates(t)
	pool := x509.NewCertPool()
	text, err := os.ReadFile(ca)
	if err != nil {
		t.Fatal(err)
	}
	pool.AppendCertsFromPEM(text)
	_, plain := fake(t)
	_, secure := fake(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{server}}))
	_, mutual := fake(t, kfake.TLS(&tls.Config{Certificates: []tls.Certificate{server}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: pool}))
	_, login := fake(t, kfake.EnableSASL(), kfake.Superuser("PLAIN", "ada", "secret-1"), kfake.Superuser("SCRAM-SHA-256", "bob", "secret-2"),
		kfake.Superuser("SCRAM-SHA-512", "cy", "secret-3"))
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections and says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	as := func(mechanism, user, password string) []string {
		return []string{"sasl.mechanism", mechanism, "sasl.username", user, "sasl.password", password}
	}
	for _, tc := range []struct {
		name, brokers string
		options       []string
		want          string // what the error's message, detail and hint hold; "": no error
	}{
		{"plainly", plain, nil, ""},
		{"two brokers of which one is down", "127.0.0.1:1," + plain, nil, ""},
		{"by TLS", secure, []string{"tls.ca", ca}, ""},
		{"by TLS without looking at certificates", secure, []string{"tls.insecure_skip_verify", "true"}, ""},
		{"by TLS on both sides", mutual, []string{"tls.ca", ca, "tls.cert", cert, "tls.key", key}, ""},
		{"logged in", login, as("plain", "ada", "secret-1"), ""},
		{"logged in by SCRAM-SHA-256", login, as("scram-sha-256", "bob", "secret-2"), ""},
		{"logged in by SCRAM-SHA-512", login, as("scram-sha-512", "cy", "secret-3"), ""},

		{"a certificate that nobody knows", secure, []string{"tls.enabled", "true"}, "tls.ca"},
		{"no certificate of ours", mutual, []string{"tls.ca", ca}, "cannot reach Kafka"},
		{"TLS to a port without", plain, []string{"tls.enabled", "true"}, "tls.enabled"},
		{"no TLS to a port with it", secure, nil, "tls.enabled"},
		{"not logged in", login, nil, "sasl.mechanism"},
		{"a wrong password", login, as("plain", "ada", "secret-0"), "sasl.password"},
		{"a wrong password by SCRAM", login, as("scram-sha-256", "bob", "secret-0"), "sasl.password"},
		{"nobody listens", "127.0.0.1:1", nil, "connection refused by 127.0.0.1:1"},
		{"nobody answers", silent.Addr().String(), nil, "no answer in time"},
		{"a host that does not exist", "nowhere.invalid:9092", nil, `there is no host "nowhere.invalid"`},
		{"a file that does not exist", secure, []string{"tls.ca", ca + "x"}, `option "tls.ca"`},
		{"a file with no certificate", secure, []string{"tls.ca", key}, "there is no certificate"},
		{"a key of something else", secure, []string{"tls.cert", ca, "tls.key", key}, `options "tls.cert" and "tls.key"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			start := time.Now()
			c, _, err := Open(t.Context(), table(tc.brokers, tc.options...))
			if c != nil {
				c.Close()
			}
			if took := time.Since(start); took > 7*time.Second {
				t.Errorf("took %s", took)
			}
			if tc.want == "" {
				if err != nil {
					t.Error(sqlerr.Render(err, "", ""))
				}
				return
			}
			shown := sqlerr.Render(err, "", "")
			var e *sqlerr.Error
			if !errors.As(err, &e) || !strings.Contains(shown, tc.want) || e.Pos == 0 {
				t.Errorf("%s, want it to say %q", shown, tc.want)
			}
			if strings.Contains(e.Message, "reach") && !strings.Contains(e.Message, tc.brokers) {
				t.Errorf("%s does not name %s", shown, tc.brokers)
			}
			if strings.Contains(shown, "secret-") {
				t.Errorf("%s tells a password", shown)
			}
		})
	}
}

func TestBrokersAreAddresses(t *testing.T) {
	for _, tc := range []struct{ in, want string }{
		{"a:1", "[a:1]"}, {" a:1 , b ", "[a:1 b:9092]"}, {"[::1]:9, a:1,a:1,", "[[::1]:9 a:1]"}, {"", "[]"},
		{"a:1:2", "error"}, {"http://a:1", "error"}, {":9092", "error"},
	} {
		got, err := brokersOf(tc.in)
		if text := fmt.Sprint(got); (tc.want == "error") != (err != nil) || err == nil && text != tc.want {
			t.Errorf("%q is %s, %v", tc.in, text, err)
		}
	}
}
