package s3

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Times that a bucket has, so that nothing waits for ever.
const (
	dialTimeout   = 10 * time.Second
	idleTimeout   = 30 * time.Second // nothing moves on a connection
	askTimeout    = 20 * time.Second // of what moves little
	moveTimeout   = 2 * time.Minute  // of a part
	clientRetries = 3
)

// connect makes the client of the library.
func connect(o Options) (*minio.Core, error) {
	at, err := url.Parse(o.Endpoint)
	if err != nil || at.Host == "" || at.Path != "" && at.Path != "/" || at.Scheme != "http" && at.Scheme != "https" {
		return nil, errors.New("s3: the endpoint is not an address such as https://s3.eu-central-1.amazonaws.com")
	}
	lookup := minio.BucketLookupAuto
	if o.PathStyle {
		lookup = minio.BucketLookupPath
	}
	core, err := minio.NewCore(at.Host, &minio.Options{
		Creds:  credentials.NewStaticV4(o.AccessKey, o.SecretKey, ""),
		Secure: at.Scheme == "https", Region: o.Region, BucketLookup: lookup,
		Transport: o.Transport, MaxRetries: clientRetries,
	})
	if err != nil {
		return nil, fmt.Errorf("s3: %w", err)
	}
	return core, nil
}

// transport is that of HTTP with a bound for every wait.
func transport() *http.Transport {
	dialer := net.Dialer{Timeout: dialTimeout}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			c, err := dialer.DialContext(ctx, network, addr)
			if err != nil {
				return nil, err
			}
			return moving{c}, nil
		},
		MaxIdleConnsPerHost: 16, IdleConnTimeout: idleTimeout, TLSHandshakeTimeout: dialTimeout,
		ResponseHeaderTimeout: moveTimeout, ExpectContinueTimeout: time.Second,
		DisableCompression: true, // files come as they are
	}
}

// moving is a connection that ends when nothing moves on it.
type moving struct{ net.Conn }

func (m moving) Read(p []byte) (int, error) {
	if err := m.SetReadDeadline(time.Now().Add(moveTimeout)); err != nil {
		return 0, err
	}
	return m.Conn.Read(p)
}

func (m moving) Write(p []byte) (int, error) {
	if err := m.SetWriteDeadline(time.Now().Add(idleTimeout)); err != nil {
		return 0, err
	}
	return m.Conn.Write(p)
}

// Check asks the bucket for a name, so that wrong settings are known at the start. An error
// that [Wrong] says yes to will not mend itself.
func (s *Store) Check(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var err error
	for found := range s.core.Client.ListObjects(ctx, s.opt.Bucket, minio.ListObjectsOptions{MaxKeys: 1, Recursive: true}) {
		err = found.Err
		break
	}
	cancel()
	switch code := codeOf(err); code {
	case "":
		if err != nil {
			return fmt.Errorf("s3: %s does not answer: %w", s.opt.Endpoint, err)
		}
		return nil
	case "InvalidAccessKeyId":
		return wrong("s3: the access key is not known: see media.s3.access_key")
	case "SignatureDoesNotMatch":
		return wrong("s3: the secret key does not fit the access key: see media.s3.secret_key")
	case "AccessDenied", "AllAccessDisabled":
		return wrong("s3: the access key may not list the bucket " + s.opt.Bucket)
	case "NoSuchBucket":
		return wrong("s3: there is no bucket " + s.opt.Bucket)
	case "PermanentRedirect", "AuthorizationHeaderMalformed":
		return wrong(fmt.Sprintf("s3: the bucket %s is in another region: see media.s3.region: %v", s.opt.Bucket, err))
	default:
		return fmt.Errorf("s3: %w", err)
	}
}

// wrong is a fault of the settings.
type wrong string

func (w wrong) Error() string { return string(w) }

// Wrong reports whether an error of Check is one of the settings, not of the network.
func Wrong(err error) bool {
	var w wrong
	return errors.As(err, &w)
}

// codeOf is what S3 says of a failure, "" when it has said nothing.
func codeOf(err error) string {
	var said minio.ErrorResponse
	if errors.As(err, &said) {
		return said.Code
	}
	return ""
}

// missing reports that what was asked for is not there.
func missing(err error) bool {
	switch codeOf(err) {
	case minio.NoSuchKey, "NotFound", "NoSuchUpload":
		return true
	}
	return false
}
