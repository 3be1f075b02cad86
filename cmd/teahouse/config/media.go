package config

import "net/url"

// Media is where the files that users send lie, and how they are reached.
type Media struct {
	Dir    string `yaml:"dir"`    // "": in the data folder; Off: there are no files
	URL    string `yaml:"url"`    // what stands before the paths of their addresses; "": the listener's
	Listen string `yaml:"listen"` // an address of their own; Off: beside MQTT on listen.ws alone
	S3     S3     `yaml:"s3"`     // in place of Dir
}

// S3 is a bucket for files.
type S3 struct {
	Endpoint  string `yaml:"endpoint"`
	Bucket    string `yaml:"bucket"`
	Region    string `yaml:"region"`
	AccessKey string `yaml:"access_key"`
	SecretKey Secret `yaml:"secret_key"`
	PathStyle bool   `yaml:"path_style"` // the bucket is in the path, not in the host
	Direct    bool   `yaml:"direct"`     // clients upload to the bucket itself
}

// Given reports whether files go to a bucket.
func (s S3) Given() bool { return s != S3{} }

func (m *Media) check(p *Problems) {
	address(p, "media.listen", m.Listen)
	if m.URL != "" {
		u, err := url.Parse(m.URL)
		if err != nil || !WebURL(m.URL) || u.RawQuery != "" || u.Fragment != "" {
			p.add("media.url", "is not an http:// or https:// address without a query")
		}
	}
	if m.S3.Given() {
		m.checkS3(p)
	}
}

func (m *Media) checkS3(p *Problems) {
	if m.Dir == Off {
		p.add("media.dir", "is off, and media.s3 is given: keep one of them")
	}
	for _, one := range []struct{ key, value string }{
		{"endpoint", m.S3.Endpoint}, {"bucket", m.S3.Bucket}, {"access_key", m.S3.AccessKey}, {"secret_key", string(m.S3.SecretKey)},
	} {
		if one.value == "" {
			p.add("media.s3."+one.key, "is empty, and the rest is given")
		}
	}
	if m.S3.Endpoint != "" && !WebURL(m.S3.Endpoint) {
		p.add("media.s3.endpoint", "is not an http:// or https:// address")
	}
}
