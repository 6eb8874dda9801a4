package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"

	kafka "github.com/segmentio/kafka-go"

	"millrace/sqlerr"
)

// unreachable is the error of a cluster that did not answer: it names the addresses that were tried and says what to
// look at.
func (c *Cluster) unreachable(err error) *sqlerr.Error {
	var given *sqlerr.Error
	if errors.As(err, &given) {
		return given
	}
	what, hint := explain(err)
	if isSilent(err) { // what a broker does that is spoken to in the wrong way
		switch {
		case c.transport.SASL != nil && c.transport.TLS == nil:
			hint = "Check sasl.mechanism, sasl.username and sasl.password; the listener may also want tls.enabled = 'true'."
		case c.transport.SASL != nil:
			hint = "Check sasl.mechanism, sasl.username and sasl.password, and that the port is that of a listener with TLS."
		case c.transport.TLS != nil:
			hint = "Check the option brokers, and that the port is that of a listener with TLS; else take out tls.enabled."
		}
	}
	code := sqlerr.ConnectionFailure
	if isDenied(err) {
		code = sqlerr.InsufficientPrivilege
	}
	return sqlerr.New(code, c.at, "cannot reach Kafka at %s: %s", strings.Join(c.brokers, ", "), what).WithHint("%s", hint).Because(err)
}

func isDenied(err error) bool {
	var k kafka.Error
	if !errors.As(err, &k) {
		return false
	}
	switch k {
	case kafka.SASLAuthenticationFailed, kafka.UnsupportedSASLMechanism, kafka.IllegalSASLState,
		kafka.TopicAuthorizationFailed, kafka.GroupAuthorizationFailed, kafka.ClusterAuthorizationFailed:
		return true
	}
	return false
}

// explain says in a few words what went wrong with a connection, and what to look at.
func explain(err error) (what, hint string) {
	const running = "Check the option brokers, and that the brokers run."
	var (
		k      kafka.Error
		dns    *net.DNSError
		record tls.RecordHeaderError
		ca     x509.UnknownAuthorityError
		name   x509.HostnameError
		op     *net.OpError
	)
	switch {
	case errors.As(err, &k) && isDenied(k):
		return brokerSays(k), "Check sasl.mechanism, sasl.username and sasl.password, and what that user may do."
	case errors.As(err, &k):
		return brokerSays(k), running
	case errors.As(err, &dns):
		return fmt.Sprintf("there is no host %q", dns.Name), "Check the host in the option brokers, and those that the brokers advertise."
	case errors.As(err, &record):
		return "it does not speak TLS", "Take out tls.enabled, or use the port of the listener with TLS."
	case errors.As(err, &ca):
		return "its certificate is signed by nobody that we trust", "Name the file with the signer's certificate in tls.ca."
	case errors.As(err, &name):
		return name.Error(), "Use the name that is in the broker's certificate."
	case errors.Is(err, context.DeadlineExceeded), isTimeout(err):
		return "no answer in time", running
	case errors.Is(err, syscall.ECONNREFUSED):
		what = "connection refused"
		if errors.As(err, &op) && op.Addr != nil {
			what += " by " + op.Addr.String()
		}
		return what, running
	case isSilent(err):
		return "the connection was closed", "The listener may want TLS (tls.enabled = 'true') or a login (sasl.mechanism), or may be no Kafka."
	}
	return err.Error(), running
}

// isSilent reports whether a connection ended, or brought nothing, without a word.
func isSilent(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE) ||
		errors.Is(err, context.DeadlineExceeded) || isTimeout(err)
}

func isTimeout(err error) bool {
	var t net.Error
	return errors.As(err, &t) && t.Timeout()
}

// brokerSays is an error code in words.
func brokerSays(k kafka.Error) string {
	if k.Title() == "" {
		return fmt.Sprintf("error %d", int(k))
	}
	return fmt.Sprintf("%s (error %d)", strings.ToLower(k.Title()), int(k))
}

// Code is a broker's answer about one partition; 0: no error.
type Code int16

func (e Code) Error() string { return brokerSays(kafka.Error(e)) }

// The codes that somebody does something about.
const (
	OffsetOutOfRange  = Code(kafka.OffsetOutOfRange)
	UnknownTopic      = Code(kafka.UnknownTopicOrPartition)
	RecordTooLarge    = Code(kafka.MessageSizeTooLarge)
	topicExists       = Code(kafka.TopicAlreadyExists)
	badReplication    = Code(kafka.InvalidReplicationFactor)
	invalidPartitions = Code(kafka.InvalidPartitionNumber)
)

// Passing reports whether the error may go away by itself: the leader moves, a broker starts.
func (e Code) Passing() bool {
	switch kafka.Error(e) {
	case kafka.UnknownTopicOrPartition, kafka.LeaderNotAvailable, kafka.NotLeaderForPartition, kafka.RequestTimedOut,
		kafka.BrokerNotAvailable, kafka.ReplicaNotAvailable, kafka.NetworkException, kafka.NotEnoughReplicas,
		kafka.NotEnoughReplicasAfterAppend, kafka.NotController, kafka.KafkaStorageError, kafka.FencedLeaderEpoch,
		kafka.UnknownLeaderEpoch, kafka.OffsetNotAvailable, kafka.UnknownTopicID, kafka.ThrottlingQuotaExceeded:
		return true
	}
	return false
}

// Refused is the error of a partition that a broker does not let us read or write; did says what: "read", "write".
func Refused(topic string, partition int32, did string, code Code) *sqlerr.Error {
	k := kafka.Error(code)
	e := sqlerr.New(sqlerr.IOError, 0, "cannot %s %s/%d: the broker says: %s", did, topic, partition, brokerSays(k)).Because(code)
	if isDenied(k) {
		e.Code = sqlerr.InsufficientPrivilege
		return e.WithHint("Let the user of this connection %s topic %q.", did, topic)
	}
	if d := k.Description(); d != "" {
		e = e.WithDetail("%s", d)
	}
	return e
}
