// Package browser plays stories in real pages: headless Chromium, moved by playwright-core
// (driver.mjs), against a server that the test starts and whose clock it can set. It exists only
// as tests, behind the build tag e2e; they need Chromium (Debian: chromium) and Node.js beside Go.
//
// Start reading at the stories (media_test.go); the pages lie in page/.
package browser
