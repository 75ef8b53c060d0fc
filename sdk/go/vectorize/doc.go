// Manage Cloudflare Vectorize indexes as code, and keep your vectors.
package vectorize
