package broker

// CertificateFiles names one certificate (PEM, with its chain) and its key.
type CertificateFiles = certificateFiles

// Certificates serves TLS from files that can be exchanged while the server
// runs.
type Certificates struct {
	inner *certificates
}

// LoadCertificates reads the files. The first pair serves clients that ask for no
// name, or for one that none of the pairs has.
func LoadCertificates(files ...CertificateFiles) (*Certificates, error) {
	inner, err := loadCertificates(files...)
	if err != nil {
		return nil, err
	}
	return &Certificates{inner}, nil
}

// Reload reads the files again, for new handshakes. When any of them is bad, all
// stay as they were.
func (c *Certificates) Reload() error { return c.inner.Reload() }
