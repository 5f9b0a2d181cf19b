"""Parts that pages share and that need Streamlit: the service, the form, the live charts, the
pulse."""
