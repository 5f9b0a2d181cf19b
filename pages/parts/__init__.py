"""Parts of several pages that need Streamlit: service, form, live charts, pulse, blocks."""
