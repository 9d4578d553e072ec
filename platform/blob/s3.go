package blob

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// Timeouts of the S3 server. One HTTP request waits for up to two files.
const (
	s3Timeout  = 5 * time.Second // for one method with its retry
	s3Dial     = 2 * time.Second
	s3Attempts = 2
)

// Keys sign the requests to the S3 server. They are never sent.
type Keys struct{ ID, Secret, Session string }

// bucket stores files in a bucket of an S3 server. All replicas share them.
type bucket struct {
	core minio.Core
	name string
}

// newBucket returns a store in the bucket of l, which must exist. It sends no
// request: the program must start also while the S3 server is unavailable.
func newBucket(l Location, k Keys) (*bucket, error) {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DialContext = (&net.Dialer{Timeout: s3Dial}).DialContext
	transport.TLSHandshakeTimeout = s3Dial
	transport.DisableCompression = true // files are read as they were stored
	core, err := minio.NewCore(l.Endpoint, &minio.Options{
		Creds: credentials.NewStaticV4(k.ID, k.Secret, k.Session), Secure: l.Secure, Region: l.Region,
		Transport: transport, MaxRetries: s3Attempts,
	})
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	return &bucket{core: *core, name: l.Bucket}, nil
}

// Put writes the object.
func (b *bucket) Put(ctx context.Context, name string, body []byte) error {
	kind, err := check(name)
	if err != nil {
		return err
	}
	if len(body) > maxSize {
		return fmt.Errorf("blob: %s has %d bytes", name, len(body))
	}
	ctx, cancel := context.WithTimeout(ctx, s3Timeout)
	defer cancel()
	_, err = b.core.Client.PutObject(ctx, b.name, name, bytes.NewReader(body), int64(len(body)), minio.PutObjectOptions{
		ContentType: kind, DisableMultipart: true,
	})
	return unavailable(err)
}

// Get reads the object.
func (b *bucket) Get(ctx context.Context, name string) (File, error) {
	kind, err := check(name)
	if err != nil {
		return File{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, s3Timeout)
	defer cancel()
	object, _, _, err := b.core.GetObject(ctx, b.name, name, minio.GetObjectOptions{})
	if err != nil {
		return File{}, missing(err)
	}
	defer object.Close()
	body, err := io.ReadAll(io.LimitReader(object, maxSize))
	return File{Type: kind, Body: body}, missing(err)
}

// Delete removes the object.
func (b *bucket) Delete(ctx context.Context, name string) error {
	if _, err := check(name); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, s3Timeout)
	defer cancel()
	err := b.core.RemoveObject(ctx, b.name, name, minio.RemoveObjectOptions{})
	if minio.ToErrorResponse(err).Code == noSuchKey {
		return nil
	}
	return unavailable(err)
}

const noSuchKey = "NoSuchKey"

// missing returns ErrNotFound for a missing object. A missing bucket is
// unavailable: it means that the settings are wrong.
func missing(err error) error {
	if minio.ToErrorResponse(err).Code == noSuchKey {
		return ErrNotFound
	}
	return unavailable(err)
}
