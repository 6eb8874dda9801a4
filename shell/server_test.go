//go:build services

package shell_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"millrace/internal/testkit"
)

// host is a running millrace serve, which may end and come back.
type host struct {
	*testkit.Process
	t     testing.TB
	dir   string
	port  int
	flags []string
}

// serve starts a server, with more flags.
func serve(t *testing.T, flags ...string) *host {
	t.Helper()
	h := &host{t: t, dir: t.TempDir(), port: testkit.FreePort(t, 1), flags: flags}
	h.start()
	return h
}

// trusting starts a server that lets everybody in, and gives the address of it.
func trusting(t *testing.T) (*host, string) {
	t.Helper()
	h := serve(t, "--auth", "trust")
	return h, h.address("ann", "sslmode=disable")
}

func (h *host) start() {
	h.t.Helper()
	args := append([]string{"serve", "--data-dir", h.dir, "--http-listen", "off", "--pg-listen", fmt.Sprintf("127.0.0.1:%d", h.port), "--log", "info"}, h.flags...)
	h.Process = testkit.Start(h.t, "", testkit.Binary(h.t), args...)
	testkit.Eventually(h.t, 60*time.Second, "the server is ready", func() bool {
		if !h.Running() {
			h.t.Fatalf("the server has ended: %s", h.Stderr())
		}
		return strings.Contains(h.Stderr(), "msg=ready")
	})
}

func (h *host) address(user, options string) string {
	return fmt.Sprintf("postgres://%s@localhost:%d/millrace?%s", user, h.port, options)
}

// addUser makes a user with what an operator has for it.
func (h *host) addUser(name, password string) {
	h.t.Helper()
	if r := run(h.t, password+"\n", nil, "user", "add", name, "--data-dir", h.dir); r.code != 0 {
		h.t.Fatalf("millrace user add: %+v", r)
	}
}

// noPassword is an environment that has none.
var noPassword = []string{"PGPASSWORD=", "PGPASSFILE=/nonexistent", "PGSERVICEFILE=/nonexistent"}

type ran struct {
	code        int
	stdout, err string
}

// run runs millrace to its end, without a terminal.
func run(t testing.TB, stdin string, env []string, args ...string) ran {
	t.Helper()
	cmd := exec.Command(testkit.Binary(t), args...)
	var out, errOut bytes.Buffer
	cmd.Env, cmd.Stdin, cmd.Stdout, cmd.Stderr = slices.Concat(os.Environ(), noPassword, env), strings.NewReader(stdin), &out, &errOut
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return ran{cmd.ProcessState.ExitCode(), out.String(), errOut.String()}
}

// on runs statements on a server and wants them to succeed.
func on(t testing.TB, address string, texts ...string) string {
	t.Helper()
	args := []string{"sql", "--connect", address, "--format", "csv"}
	for _, text := range texts {
		args = append(args, "-c", text)
	}
	r := run(t, "", nil, args...)
	if r.code != 0 {
		t.Fatalf("%q: %+v", texts, r)
	}
	return r.stdout
}

func TestAPasswordIsProved(t *testing.T) {
	h := serve(t)
	h.addUser("ann", "a pass phrase")
	address := h.address("ann", "sslmode=disable")
	for _, tc := range []struct {
		name, address, password string
		code                    int
		stdout, stderr          string
	}{
		{"the right one", address, "a pass phrase", 0, "user\nann\n", ""},
		{"a wrong one", address, "another", 1, "", "28P01"},
		{"none, and nobody to ask", address, "", 1, "", "password"},
		{"an unknown user", h.address("bob", "sslmode=disable"), "a pass phrase", 1, "", "28P01"},
		{"another database", strings.Replace(address, "/millrace", "/postgres", 1), "a pass phrase", 1, "", "3D000"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := run(t, "", []string{"PGPASSWORD=" + tc.password}, "sql", "--connect", tc.address, "--format", "csv", "-c", `SELECT current_user AS "user"`)
			if r.code != tc.code || r.stdout != tc.stdout || !strings.Contains(r.err, tc.stderr) || strings.Contains(r.err, "pass phrase") {
				t.Errorf("%+v", r)
			}
		})
	}
}

// alone starts the shell, and waits for nothing.
func alone(t *testing.T, address string) *user {
	t.Helper()
	dir := t.TempDir()
	return &user{testkit.Tmux(t, 100, 30, dir, append([]string{"XDG_STATE_HOME=" + dir}, noPassword...), testkit.Binary(t), "sql", "--connect", address), t, dir}
}

func TestAPasswordIsAskedForWithoutEcho(t *testing.T) {
	h := serve(t)
	h.addUser("ann", "never shown")
	u := alone(t, h.address("ann", "sslmode=disable"))
	u.See("Password:")
	u.Enter("never shown")
	u.mustSee(u.Until("a prompt", prompted), fmt.Sprintf("Connected to localhost:%d without TLS, as user ann", h.port))
	u.mustSee(u.ask("SELECT current_user AS me;"), " ann")
	if all := u.All(); strings.Contains(all, "never shown") {
		t.Errorf("the password is on the screen:\n%s", all)
	}

	u = alone(t, h.address("ann", "sslmode=disable"))
	u.See("Password:")
	u.Enter("wrong")
	if code := u.Ended(); code != "1" {
		t.Errorf("it ends with %s", code)
	}
	u.mustSee(u.Screen(), "28P01")
}

// certificate makes an authority and a certificate of it for localhost, and gives their files.
func certificate(t *testing.T) (authority, cert, key string) {
	t.Helper()
	write := func(name, kind string, bytes []byte) string {
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ok := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	until := time.Now().Add(time.Hour)
	rootKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ok(err)
	root := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: until,
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	rootDER, err := x509.CreateCertificate(rand.Reader, root, root, &rootKey.PublicKey, rootKey)
	ok(err)
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	ok(err)
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "localhost"}, DNSNames: []string{"localhost"}, NotBefore: root.NotBefore, NotAfter: until}
	leafDER, err := x509.CreateCertificate(rand.Reader, leaf, root, &leafKey.PublicKey, rootKey)
	ok(err)
	keyDER, err := x509.MarshalPKCS8PrivateKey(leafKey)
	ok(err)
	return write("authority.pem", "CERTIFICATE", rootDER), write("cert.pem", "CERTIFICATE", leafDER), write("key.pem", "PRIVATE KEY", keyDER)
}

func TestTheServersCertificateIsVerified(t *testing.T) {
	authority, cert, key := certificate(t)
	other, _, _ := certificate(t)
	h := serve(t, "--tls-cert", cert, "--tls-key", key, "--pg-require-tls", "true")
	h.addUser("ann", "a pass phrase")
	for _, tc := range []struct {
		name, address  string
		code           int
		stdout, stderr string
	}{
		{"as it is to be", h.address("ann", "sslmode=verify-full&sslrootcert="+authority), 0, "by TLS, as user ann", ""},
		{"of an authority that is not trusted", h.address("ann", "sslmode=verify-full&sslrootcert="+other), 1, "", "unknown authority"},
		{"of another name", strings.Replace(h.address("ann", "sslmode=verify-full&sslrootcert="+authority), "localhost", "127.0.0.1", 1), 1, "", "127.0.0.1"},
		{"not looked at", h.address("ann", "sslmode=require"), 0, "by TLS, as user ann", ""},
		{"without TLS", h.address("ann", "sslmode=disable"), 1, "", "TLS"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := run(t, "", []string{"PGPASSWORD=a pass phrase"}, "sql", "--connect", tc.address, "-c", `\conninfo`)
			if r.code != tc.code || !strings.Contains(r.stdout, tc.stdout) || !strings.Contains(r.err, tc.stderr) || (r.err == "") != (tc.code == 0) {
				t.Errorf("%+v", r)
			}
		})
	}
}

func TestASessionGoesOnWhenTheServerComesBack(t *testing.T) {
	h, address := trusting(t)
	u := sit(t, window{args: []string{"sql", "--connect", address}})
	u.mustSee(u.ask("CREATE TABLE t (k INT PRIMARY KEY);"), "CREATE TABLE")
	h.Signal(syscall.SIGKILL)
	h.Wait(30 * time.Second)
	u.mustSee(u.ask("SELECT 1 AS one;"), "error: ", "08006")
	u.mustSee(u.ask("SELECT 1 AS one;"), "error: cannot connect to localhost:", "refused")
	h.start()
	u.mustSee(u.ask("SELECT count(*) AS n FROM t;"), " 0", "note: the connection was lost; this is a new session")
	if s := u.ask("SELECT 2 AS two;"); strings.Contains(s, "lost") {
		t.Errorf("it is told twice:\n%s", s)
	}
}

// running is the number of statements that a server runs at the moment, without the one that asks.
func running(t *testing.T, address string) string {
	return on(t, address, "SELECT count(*) AS n FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()")
}

const endless = "SELECT count(*) FROM generate_series(1, 1000000) AS a (x), generate_series(1, 1000000) AS b (y) WHERE x + y < 0"

func TestCtrlCCancelsAQueryOnTheServer(t *testing.T) {
	_, address := trusting(t)
	u := sit(t, window{args: []string{"sql", "--connect", address}})
	u.mustSee(u.ask("SET search_path = 'public';"), "SET")
	u.fresh()
	u.Enter(endless + ";")
	u.See("Ctrl-C cancels")
	if n := running(t, address); n != "n\n1\n" {
		t.Errorf("running: %s", n)
	}
	u.Key("C-c")
	u.mustSee(u.answered(), "error: interrupted -- 57014")
	testkit.Eventually(t, 30*time.Second, "the server runs nothing", func() bool { return running(t, address) == "n\n0\n" })
	if s := u.ask("SELECT 41 + 1 AS n;"); !strings.Contains(s, " 42") || strings.Contains(s, "lost") {
		t.Errorf("the session does not go on:\n%s", s)
	}
}

func TestTextsRunOnAServer(t *testing.T) {
	_, address := trusting(t)
	dir := t.TempDir()
	file := filepath.Join(dir, "f.sql")
	if err := os.WriteFile(file, []byte("CREATE TABLE f (k INT PRIMARY KEY, v TEXT);\nINSERT INTO f VALUES (1, 'one'), (2, NULL);\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	bad := filepath.Join(dir, "bad.sql")
	if err := os.WriteFile(bad, []byte("SELECT 1 AS a;\nSELECT 'é',\n  nope\nFROM f;\nSELECT 2 AS b;"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name, stdin string
		args        []string
		want        ran
	}{
		{"a file, then -c", "", []string{"-f", file, "-c", "SELECT * FROM f ORDER BY k"}, ran{0, "CREATE TABLE\nINSERT 0 2\n k |  v  \n---+-----\n 1 | one\n 2 | \n(2 rows)\n", ""}},
		{"a pipe, as csv", "SELECT * FROM f ORDER BY k;\nSELECT 3 AS c", []string{"--format", "csv"}, ran{0, "k,v\n1,one\n2,\nc\n3\n", ""}},
		{"as json", "", []string{"--format", "json", "-c", "SELECT * FROM f ORDER BY k"}, ran{0, "{\"k\":1,\"v\":\"one\"}\n{\"k\":2,\"v\":null}\n", ""}},
		{"every type", "", []string{"--format", "json", "-c", "SELECT 1::smallint AS a, 2.50::decimal(5,2) AS b, true AS c, DATE '2024-02-03' AS d, " +
			"TIMESTAMP '2024-02-03 04:05:06.789' AS e, INTERVAL '1' DAY AS f, ARRAY[1, NULL] AS g, 1.5::double AS h, E'\\\\x00ff'::bytea AS i"},
			ran{0, `{"a":1,"b":2.50,"c":true,"d":"2024-02-03","e":"2024-02-03T04:05:06.789","f":"1 day","g":[1,null],"h":1.5,"i":"AP8="}` + "\n", ""}},
		{"an error ends it", "", []string{"--format", "csv", "-f", bad}, ran{1, "a\n1\n",
			"error: column \"nope\" does not exist in table \"f\" -- 42703, " + bad + " line 3, column 3\n  3 |   nope\n    |   ^\nhint: There are: k, v.\n"}},
		{"COPY to standard output", "", []string{"-c", "COPY (SELECT * FROM f ORDER BY k) TO STDOUT WITH (FORMAT csv, HEADER)", "-c", "SELECT 1 AS \"after\""},
			ran{0, "k,v\n1,one\n2,\n after \n-------\n     1\n(1 row)\n", ""}},
		{"COPY of what is not there", "", []string{"-c", "COPY nothing TO STDOUT"}, ran{1, "", "42P01, line 1, column 6"}},
		{"COPY from the text", "COPY f FROM STDIN;\n3\tx\n\\.\n", []string{}, ran{1, "", "COPY … FROM STDIN in the shell"}},
		{"an error in values", "", []string{"-c", "SELECT 1 / (k - 1) FROM f"}, ran{1, "", "22012"}},
		{"a command's error", "", []string{"-c", `\d nothing`}, ran{1, "", "nothing"}},
		{"no server", "", nil, ran{1, "", "cannot connect to localhost:1"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			to := address
			if tc.args == nil {
				to = "postgres://ann@localhost:1/millrace"
			}
			r := run(t, tc.stdin, nil, append([]string{"sql", "--connect", to}, tc.args...)...)
			if r.code != tc.want.code || r.stdout != tc.want.stdout || !strings.Contains(r.err, tc.want.err) || (r.err == "") != (tc.want.code == 0) {
				t.Errorf("got  %+v\nwant %+v", r, tc.want)
			}
		})
	}
}

func TestAnErrorOfAServerPointsIntoWhatWasTyped(t *testing.T) {
	_, address := trusting(t)
	u := sit(t, window{args: []string{"sql", "--connect", address}})
	u.fresh()
	u.Paste("SELECT 1 AS one;\nSELECT 'é',\n       nope\nFROM (VALUES (1)) AS v (n);", true)
	u.See("AS v (n);")
	u.Key("Enter")
	u.mustSee(u.answered(), `error: column "nope" does not exist`, "-- 42703, line 3, column 8", "  3 |        nope\n    |        ^")
}

func TestCommandsAskTheServer(t *testing.T) {
	_, address := trusting(t)
	on(t, address, "CREATE TABLE orders (id INT PRIMARY KEY, amount INT NOT NULL)", "CREATE VIEW big AS SELECT * FROM orders WHERE amount > 10",
		"CREATE MATERIALIZED VIEW total AS SELECT sum(amount) AS s FROM orders",
		"CREATE TABLE copied (auction BIGINT, price BIGINT)", "CREATE SOURCE bids (auction BIGINT, price BIGINT) WITH (connector = 'nexmark', rate = '10')",
		"INSERT INTO copied SELECT auction, price FROM bids", // which becomes a job, as it does not end
	)
	for _, tc := range []struct {
		command string
		want    []string
		not     string
	}{
		{`\d`, []string{"orders", "big", "total"}, ""},
		{`\d orders`, []string{"id,INT,", "primary key", "amount,INT,not null"}, "big"},
		{`\d total`, []string{"s,BIGINT"}, "orders"},
		{`\dt`, []string{"orders,table,"}, "big"},
		{`\dv`, []string{"big,view,"}, "total"},
		{`\dm`, []string{"total,materialized view,"}, "orders,"},
		{`\di`, []string{"orders,id"}, "big"},
		{`\j`, []string{"job,state,", "\ncopied,"}, "orders"},
		{`\d+ total`, []string{"s,BIGINT", "\nCREATE MATERIALIZED VIEW total AS SELECT sum(amount) AS s FROM orders;\n"}, ""},
		{`\d+ big`, []string{"\nCREATE VIEW big AS SELECT * FROM orders WHERE amount > 10;\n"}, "total"},
		{`\dn`, []string{"schema\n", "public\n"}, "pg_catalog"},
		{`\du`, []string{"user,login\n", "ann,yes\n"}, ""},
		{`\l`, []string{"database,encoding\n", "millrace,UTF8\n"}, ""},
		{`\df json_arr*`, []string{"json_array_length"}, "date_bin"},
	} {
		t.Run(tc.command, func(t *testing.T) {
			got := on(t, address, tc.command)
			for _, w := range tc.want {
				if !strings.Contains(got, w) {
					t.Errorf("it lacks %q:\n%s", w, got)
				}
			}
			if tc.not != "" && strings.Contains(got, tc.not) {
				t.Errorf("it has %q:\n%s", tc.not, got)
			}
		})
	}
}

func TestChangesOfAServerAreALiveTable(t *testing.T) {
	_, address := trusting(t)
	on(t, address, "CREATE TABLE t (k INT PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'a'), (2, 'b')",
		"CREATE MATERIALIZED VIEW counts AS SELECT v, count(*) AS n FROM t GROUP BY v")
	u := sit(t, window{args: []string{"sql", "--connect", address}})
	key := 3
	for _, statement := range []string{"SUBSCRIBE TO counts;", "SELECT v, count(*) AS n FROM t GROUP BY v EMIT CHANGES;"} {
		u.fresh()
		u.Enter(statement)
		u.See("2 rows, ")
		n := key - 2 // rows of a so far
		u.See(fmt.Sprintf(" a | %d", n))
		on(t, address, fmt.Sprintf("INSERT INTO t VALUES (%d, 'a')", key))
		key++
		screen := u.See(fmt.Sprintf(" a | %d", n+1))
		u.mustSee(screen, " v | n\n---+---", " b | 1", "Ctrl-C ends it.")
		if strings.Contains(screen, "op") || strings.Contains(screen, "+U") {
			t.Errorf("changes are shown and not the table:\n%s", screen)
		}
		u.Key("C-c")
		u.mustSee(u.answered(), "Stopped.")
	}
	u.mustSee(u.ask("SELECT count(*) AS still FROM t;"), "     4")
	if n := running(t, address); n != "n\n0\n" {
		t.Errorf("the server still runs %s", n)
	}
}

func TestChangesOfAServerGoIntoAPipe(t *testing.T) {
	_, address := trusting(t)
	on(t, address, "CREATE TABLE t (k INT PRIMARY KEY, v TEXT)", "INSERT INTO t VALUES (1, 'a')",
		"CREATE MATERIALIZED VIEW counts AS SELECT v, count(*) AS n FROM t GROUP BY v")
	for i, tc := range []struct{ format, statement, first, then string }{
		{"json", "SUBSCRIBE TO counts", `{"op":"+I","v":"a","n":1}` + "\n", `{"op":"-U","v":"a","n":1}` + "\n" + `{"op":"+U","v":"a","n":2}` + "\n"},
		{"csv", "SELECT v, count(*) AS n FROM t GROUP BY v EMIT CHANGES", "op,v,n\n+I,a,2\n", "-U,a,2\n+U,a,3\n"},
		{"table", "SUBSCRIBE TO counts", " +I | a | 3\n", " -U | a | 3\n +U | a | 4\n"},
	} {
		p := testkit.Start(t, "", testkit.Binary(t), "sql", "--connect", address, "--format", tc.format, "-c", tc.statement)
		testkit.Eventually(t, 30*time.Second, "the rows that there are", func() bool { return strings.HasSuffix(p.Stdout(), tc.first) })
		on(t, address, fmt.Sprintf("INSERT INTO t VALUES (%d, 'a')", i+2))
		testkit.Eventually(t, 30*time.Second, "the change", func() bool { return strings.HasSuffix(p.Stdout(), tc.first+tc.then) })
		p.Interrupt()
		if code := p.Wait(30 * time.Second); code != 1 || p.Stderr() != "error: interrupted -- 57014\n" {
			t.Errorf("%s: it ends with %d: %s", tc.statement, code, p.Stderr())
		}
	}
}

// A server that takes a connection and says nothing is given up.
func TestAServerThatSaysNothingIsGivenUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	r := run(t, "", nil, "sql", "--connect", "postgres://ann@"+l.Addr().String()+"/millrace?connect_timeout=1&sslmode=disable", "-c", "SELECT 1")
	if r.code != 1 || !strings.Contains(r.err, "cannot connect to 127.0.0.1:") {
		t.Errorf("%+v", r)
	}
}
