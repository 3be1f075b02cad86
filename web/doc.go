// Package web holds our pages, built and embedded, and serves them: the chat for users, the
// console for operators and the documents. It exists so that one program is all there is to install. It refuses
// to know anything of the server: who mounts a [Site] says where files of users come from,
// and nothing is rendered here. Its sources are the folders chat and console, which build.sh
// builds into their dist folders.
// Start reading at [Chat] and [Site.ServeHTTP].
package web

import "embed"

// What build.sh has made. A page that is not built yet has an empty folder.
//
//go:embed all:chat/dist all:console/dist all:docs/dist
var built embed.FS

// The pages at /docs/ are made of the Markdown of this module, after all that makes it.
//
//go:generate go run -C ../tools ./site
